// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/poll_set.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace septet {

/// Where text goes that must not make this process wait: it is kept until the descriptor takes it.
/// The descriptor is borrowed, and its flags are left alone (other processes share them).
class Sink {
 public:
  explicit Sink(int descriptor);

  /// Takes `text`; parts of one call stay together.
  void put(std::string_view text);

  /// So much is kept that no more should be read for it.
  [[nodiscard]] bool is_full() const noexcept;

  /// Nobody reads any more (EPIPE): what is put here is dropped.
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }

  [[nodiscard]] bool is_empty() const noexcept { return written_ == kept_.size(); }

  /// Waits for room while something is kept.
  void add_to(PollSet& polls);

 private:
  void write_some();
  [[nodiscard]] std::string_view next_portion() const noexcept;

  int descriptor_;
  std::size_t portion_;  ///< The most that one write takes without blocking.
  std::string kept_;
  std::size_t written_ = 0;  ///< So much of `kept_` has been taken.
  bool closed_ = false;
};

}  // namespace septet
