// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"
#include "lease/roll.hpp"
#include <septet/lease.hpp>
#include <septet/unique_fd.hpp>

#include <filesystem>

namespace septet {

/// A place in the queue, kept until destruction or the death of the process.
class Ticket {
 public:
  /// Takes the place behind everybody in `roll`. Requires: the caller has the grant lock and read
  /// `roll` under it. Throws Error `system`.
  Ticket(const Layout& layout, const Roll& roll, Waiter waiter);
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket();

  [[nodiscard]] int number() const noexcept { return waiter_.ticket; }

  /// Tells the others what this request could take now. Requires: the caller has the grant lock.
  void renew(const std::vector<std::string>& candidates);

 private:
  Waiter waiter_;
  std::filesystem::path file_;
  UniqueFd lock_;
};

}  // namespace septet
