// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace septet {

/// A part of a Host: some GPUs with all that is on them, and some slices of others.
struct Part {
  std::set<int> gpus;                         ///< By Gpu::index.
  std::set<std::string, std::less<>> slices;  ///< By uuid.

  /// Adds what `other` has. False if all of it was here already.
  bool add(const Part& other);

  bool operator==(const Part&) const = default;
};

/// `host` reduced to `part`: GPUs of which nothing is left are gone.
[[nodiscard]] Host only(Host host, const Part& part);

/// How a name in a list of devices came out.
struct Named {
  Part part;
  int matches = 0;  ///< 0: names nothing; 1: is good; more: the beginning of several names.
};

/// What "GPU-…" or "MIG-…" means: a uuid, its beginning, or "MIG-GPU-<uuid>/<GI>/<CI>" of drivers
/// before R470, whose uuid may be cut short too. A partitioned GPU means all of its slices.
[[nodiscard]] Named find_by_uuid(const Host& host, std::string_view name);

/// What the number of a GPU means.
[[nodiscard]] Named find_by_index(const Host& host, int index);

/// What "G:M" means, or nothing if `name` is not of this form.
[[nodiscard]] std::optional<Named> find_by_position(const Host& host, std::string_view name);

/// "this host has 0:0 MIG-…, 0:1 MIG-… and 5 more", for messages.
[[nodiscard]] std::string inventory(const Host& host);

}  // namespace septet
