// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/simulated_world.hpp"
#include <septet/unique_fd.hpp>

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

  /// The world as it is now. What it refers to is good until the next `read` or `update`.
  const World& read();

  /// The world as the last `read` or `update` left it.
  [[nodiscard]] const World& last() const noexcept { return world_; }

  /// Lets `change` work on the world as it is now, and keeps what it made unless it throws. Blocks
  /// while another process changes it.
  void update(const std::function<void(World&)>& change);

 private:
  void load();

  std::optional<std::filesystem::path> file_;
  /// What was read, kept open: the file is replaced, never rewritten, and while this lives no other
  /// content can have its inode.
  UniqueFd seen_;
  World world_;
};

}  // namespace septet::simulated
