// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace septet {

/// A file descriptor that this object owns and closes. -1 is none.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int descriptor) noexcept : descriptor_(descriptor) {}
  UniqueFd(UniqueFd&& other) noexcept : descriptor_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return descriptor_; }
  [[nodiscard]] explicit operator bool() const noexcept { return descriptor_ >= 0; }

  /// Gives the descriptor away, still open.
  [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }

  /// Closes what is held, then holds `descriptor`.
  void reset(int descriptor = -1) noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace septet
