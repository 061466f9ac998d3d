// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <cstddef>
#include <filesystem>
#include <span>

namespace septet {

/// Memory that the ranks of one communicator share. Zeroed when made; nameless, so nothing is left
/// when the last rank is gone, however it went. Move-only; unmapped on destruction.
class Segment {
 public:
  /// Makes one of `bytes`: a memfd, else an unlinked file in /dev/shm, else one in `folder` when
  /// that is not empty (for containers that share only a folder). Every page is allocated here, so
  /// that a full file system is an error now and no SIGBUS later, and what memory the host has left
  /// is looked at first, so that nothing is killed for it. Throws Error `system` that tells what
  /// each place answered, with the bytes needed and available. Requires: bytes > 0.
  [[nodiscard]] static Segment create(std::size_t bytes, const std::filesystem::path& folder);

  /// Maps what another rank made. Throws Error `system` when it is smaller than `bytes`.
  [[nodiscard]] static Segment adopt(UniqueFd descriptor, std::size_t bytes);

  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&& other) noexcept;
  ~Segment();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

  /// To be passed to the other ranks.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

 private:
  Segment(UniqueFd descriptor, std::span<std::byte> bytes);

  UniqueFd descriptor_;
  std::span<std::byte> bytes_;
};

}  // namespace septet
