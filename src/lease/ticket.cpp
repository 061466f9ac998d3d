// SPDX-License-Identifier: Apache-2.0
#include "lease/ticket.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "lease/lock_file.hpp"
#include "lease/record.hpp"
#include "lease/roll.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace septet {
namespace {

/// Behind all, the dead included: who sweeps may be about to remove one of their files by its name.
int next_number(const Layout& layout) {
  int last = 0;
  for (const auto& entry : std::filesystem::directory_iterator(layout.queue())) {
    last = std::max(last, ticket_number(entry.path()).value_or(0));
  }
  return last + 1;
}

}  // namespace

Ticket::Ticket(const Layout& layout, Waiter waiter) : layout_(layout), waiter_(std::move(waiter)) {
  auto hidden = write_hidden(layout.queue(), print_waiter(waiter_));
  file_ = std::move(hidden.path);
  lock_ = std::move(hidden.lock);
}

Ticket::~Ticket() { leave(); }

void Ticket::take_place() {
  const int number = next_number(layout_);
  const auto named = layout_.ticket(number);
  check(std::rename(file_.c_str(), named.c_str()), "rename to " + named.string());
  file_ = named;
  place_ = number;
}

void Ticket::leave() noexcept {
  // The name goes before the lock: nobody else may take or remove this number until then. And it
  // goes but once: it may be somebody else's afterwards.
  if (!file_.empty()) ::unlink(file_.c_str());
  file_.clear();
}

void Ticket::renew(const std::vector<std::string>& candidates) {
  if (waiter_.candidates == candidates) return;
  waiter_.candidates = candidates;
  check(::ftruncate(lock_.get(), 0), "shorten " + file_.string());
  check(::lseek(lock_.get(), 0, SEEK_SET), "rewind " + file_.string());
  write_all(lock_.get(), print_waiter(waiter_));
}

}  // namespace septet
