// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

namespace septet {

/// Tells the process that made it from all that are forked from it, by a load where asking for the
/// pid is a system call: its page is empty in each child (Linux 4.14). Threads: any.
class ForkMark {
 public:
  /// Never throws: where there is no such page the pid is asked for.
  ForkMark() noexcept;
  ForkMark(const ForkMark&) = delete;
  ForkMark& operator=(const ForkMark&) = delete;
  ~ForkMark();

  [[nodiscard]] bool is_of_this_process() const noexcept;

 private:
  pid_t pid_;
  const bool* mark_ = nullptr;
};

}  // namespace septet
