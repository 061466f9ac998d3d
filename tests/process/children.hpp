// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <new>
#include <optional>
#include <system_error>

namespace septet {

/// How a child ended: its own status, or the signal.
struct End {
  int status = 0;
  int signal = 0;

  bool operator==(const End&) const = default;
};

/// For tests: a forked process that runs `body` and exits with what that returns. Killed and
/// reaped with this object.
class Child {
 public:
  explicit Child(const std::function<int()>& body);
  Child(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// SIGKILL, unless it has ended.
  void kill();

  [[nodiscard]] bool has_ended();

  /// Blocks until its end; after `limit` it is killed and that is the answer.
  End wait(std::chrono::milliseconds limit);

 private:
  pid_t pid_ = -1;
  std::optional<End> end_;
};

/// For tests: a `Value` that this process shares with the children it forks.
template <typename Value>
class Shared {
 public:
  Shared()
      : value_(static_cast<Value*>(::mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (value_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    new (value_) Value();
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(value_, sizeof(Value)); }

  Value* operator->() const noexcept { return value_; }

 private:
  Value* value_;
};

/// Drops root for one of two other users. Nothing where this process is not root.
void become_another_user(bool first);

/// How many users `become_another_user` makes.
[[nodiscard]] int users();

}  // namespace septet
