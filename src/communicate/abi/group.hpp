// SPDX-License-Identifier: Apache-2.0
// What a thread asks for between ncclGroupStart and ncclGroupEnd. Each call outside of these is a
// group of one.
#pragma once

#include "communicate/abi/communicator.hpp"
#include "communicate/abi/guard.hpp"
#include <septet/operation.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <vector>

namespace septet::abi {

/// Work that makes communicators: it meets other ranks, so that of several of `comm` runs in order
/// and that of several communicators at the same time.
struct Task {
  std::shared_ptr<Comm> comm;
  std::function<void()> work;
  std::function<void()> undo = [] {};  ///< Instead of `work`, when the group does nothing.
};

/// Operations of one communicator, in the order of the program.
struct Call {
  std::shared_ptr<Comm> comm;
  std::vector<Operation> operations;
  Stream stream = nullptr;
};

/// The open group of one thread: of this one alone, as NCCL has it.
class Group {
 public:
  static Group& of_this_thread();

  void open() noexcept { ++depth_; }

  /// The outermost one does what was asked for: all of it at once, or nothing when a call in the
  /// group failed, and throws its error. The group is empty then, whatever happens. Returns
  /// ncclInProgress when threads of nonblocking communicators are still at it. Throws Error `usage`
  /// when no group is open.
  [[nodiscard]] ncclResult_t close();

  /// As close, for a program that opened the group: the error says what became of the rest.
  [[nodiscard]] ncclResult_t end();

  /// As close, but nothing is done; how long it would take, in microseconds, by a rough estimate.
  [[nodiscard]] float close_with_estimate();

  void add(Task task) { asked_.tasks.push_back(std::move(task)); }
  void add(Call call) { asked_.calls.push_back(std::move(call)); }

  /// A call failed: nothing of this group will be done.
  void poison(std::exception_ptr thrown) noexcept;

 private:
  struct Asked {
    std::vector<Task> tasks;
    std::vector<Call> calls;
    std::exception_ptr error;

    void undo() const;

    /// Whether it is of blocking communicators. Throws, after undo(), when it must not be done.
    [[nodiscard]] bool settle() const;
  };
  [[nodiscard]] Asked take();
  static ncclResult_t perform(Asked asked);

  int depth_ = 0;
  Asked asked_;
};

/// Runs `body(group)` within this thread's group, or a group of one. Throws what it throws.
template <typename Body>
[[nodiscard]] ncclResult_t in_group(Body&& body) {
  Group& group = Group::of_this_thread();
  group.open();
  try {
    std::forward<Body>(body)(group);
  } catch (...) {
    group.poison(std::current_exception());
    (void)group.close();  // Throws the error itself when this is a group of one.
    throw;
  }
  return group.close();
}

}  // namespace septet::abi
