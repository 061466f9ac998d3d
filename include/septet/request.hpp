// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// What a user asks for. The defaults ask for one slice of any size.
struct Request {
  int slices = 1;                             ///< -n: how many, 1 or more.
  std::optional<std::uint64_t> memory_bytes;  ///< At least this much in each slice.
  std::string profile;             ///< Exactly this profile, "full" included; empty: any.
  std::vector<std::string> named;  ///< Exactly these, in any spelling of find_slice.
  std::vector<int> gpus;           ///< Only on these GPUs; empty: any.
  bool same_gpu = false;           ///< All on one GPU, or not at all.
  bool spread = false;             ///< On as many GPUs as possible, not as few.
  bool prefer_full = false;        ///< One free whole GPU instead, if there is one.
  bool allow_mixed = false;        ///< Slices of unequal memory will do.

  bool operator==(const Request&) const = default;
};

}  // namespace septet
