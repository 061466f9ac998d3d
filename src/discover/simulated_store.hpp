// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/simulated_world.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

namespace septet::simulated {

/// The state file that `spec` means, if it means one: "@FILE", a path with a "/", or "….json".
[[nodiscard]] std::optional<std::filesystem::path> state_file(std::string_view spec);

/// The world that `spec` describes, or that its state file holds. Throws Error `argument` or
/// `system` that names the file.
[[nodiscard]] World open_world(std::string_view spec);

/// Where a world lives: in this object, or in a state file which any number of processes share.
/// Every change is whole, and seen by the next `read` anywhere. One thread at a time.
class Store {
 public:
  /// Throws what `open_world` throws.
  explicit Store(std::string_view spec);

  /// The world as it is now; good until the next call.
  [[nodiscard]] const World& read();

  /// Lets `change` work on the world as it is now, and keeps what it made unless it throws. Blocks
  /// while another process changes it.
  void update(const std::function<void(World&)>& change);

 private:
  /// Tells one content of the file from the next: it is replaced, never rewritten.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  [[nodiscard]] static Stamp stamp_of(const std::filesystem::path& file);

  std::optional<std::filesystem::path> file_;
  Stamp stamp_;
  World world_;
};

}  // namespace septet::simulated
