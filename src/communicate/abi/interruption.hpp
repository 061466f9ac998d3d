// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace septet::abi {

/// The wish to end every wait of one communicator. Whoever aborts it raises this; whoever waits for
/// it looks here ten times a second. Any thread; a wait may outlive the communicator's handle.
class Interruption {
 public:
  /// `parent`: of the communicator that it is split off, or shrunk or grown from.
  explicit Interruption(std::shared_ptr<const Interruption> parent = nullptr)
      : parent_(std::move(parent)) {}

  void raise() noexcept { raised_.store(true); }

  /// The communicator is made: what becomes of its parent matters no longer.
  void leave_parent() noexcept { alone_.store(true); }

  [[nodiscard]] bool is_raised() const noexcept {
    return raised_.load() || (parent_ != nullptr && !alone_.load() && parent_->is_raised());
  }

 private:
  std::shared_ptr<const Interruption> parent_;
  std::atomic<bool> raised_{false};
  std::atomic<bool> alone_{false};
};

}  // namespace septet::abi
