// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lease/layout.hpp"
#include <septet/lease.hpp>
#include <septet/unique_fd.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// A place in the queue, kept until destruction or the death of the process.
class Ticket {
 public:
  /// Writes the ticket, without a place yet: nobody sees it. Throws Error `system`.
  Ticket(const Layout& layout, Waiter waiter);
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket();

  /// Nothing before `take_place`.
  [[nodiscard]] std::optional<int> place() const noexcept { return place_; }

  /// Takes the place behind everybody. Requires: the caller has the queue lock, and this has no
  /// place. Throws Error `system`.
  void take_place();

  /// Leaves the queue; those behind are told at the end of this object.
  void leave() noexcept;

  /// Tells the others what this request could take now. Requires: the caller has the grant lock.
  void renew(const std::vector<std::string>& candidates);

 private:
  const Layout layout_;
  Waiter waiter_;
  std::optional<int> place_;
  std::filesystem::path file_;
  UniqueFd lock_;
};

}  // namespace septet
