// SPDX-License-Identifier: Apache-2.0
#include "lease/ticket.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "lease/lock_file.hpp"
#include "lease/record.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace septet {
namespace {

/// Behind all, those included whose text cannot be read.
int next_number(const Roll& roll) {
  int last = roll.queue.empty() ? 0 : roll.queue.back().ticket;
  for (const auto& file : roll.unreadable) {
    last = std::max(last, ticket_number(file).value_or(0));
  }
  return last + 1;
}

}  // namespace

Ticket::Ticket(const Layout& layout, const Roll& roll, Waiter waiter) : waiter_(std::move(waiter)) {
  waiter_.ticket = next_number(roll);
  file_ = layout.ticket(waiter_.ticket);
  lock_ = publish(layout.queue(), file_.filename().native(), print_waiter(waiter_));
}

Ticket::~Ticket() {
  // The name goes before the lock: nobody else may take or remove this number until then.
  ::unlink(file_.c_str());
}

void Ticket::renew(const std::vector<std::string>& candidates) {
  if (waiter_.candidates == candidates) return;
  waiter_.candidates = candidates;
  check(::ftruncate(lock_.get(), 0), "shorten " + file_.string());
  check(::lseek(lock_.get(), 0, SEEK_SET), "rewind " + file_.string());
  write_all(lock_.get(), print_waiter(waiter_));
}

}  // namespace septet
