// SPDX-License-Identifier: Apache-2.0
#include "launch/slice_group.hpp"

#include "base/text.hpp"
#include "launch/unix_message.hpp"
#include "lease/record.hpp"
#include <septet/error.hpp>

#include <poll.h>

#include <set>
#include <utility>

namespace septet {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// What ranks say to each other. A member comes with its rank; the answer is the lease's id and
// record with the locks, or a refusal.
constexpr std::string_view granted = "granted";
constexpr std::string_view refused = "refused";

/// A member says who it is as soon as it has come.
constexpr auto introduction_takes = 5s;

std::string answer_of(const LeaseRecord& record) {
  return join({std::string(granted), record.id, print_record(record)}, "\n");
}

[[noreturn]] void complain(const std::set<int>& missing, std::chrono::milliseconds limit) {
  std::vector<std::string> names;
  for (const int rank : missing) names.push_back(std::to_string(rank));
  throw Error(ErrorKind::peer, "local rank " + join(names, ", ") +
                                   " did not come to septet bind within " +
                                   std::to_string(limit.count() / 1000) +
                                   "s: start every rank on this host with it");
}

/// Hands a share to one caller, if it is one of those who are missing.
void serve(const UniqueFd& caller, const Lease& lease, std::set<int>& missing) {
  const auto message = receive_message(caller, introduction_takes);
  const auto rank = message ? parse_number<int>(message->text) : std::nullopt;
  if (!rank) return;
  if (!missing.contains(*rank)) {
    send_message(caller, refused, {});
  } else if (send_message(caller, answer_of(lease.record()), lease.descriptors())) {
    missing.erase(*rank);
  }
}

GroupShare lead(const UniqueFd& listener, const LocalRank& self, const std::function<Lease()>& take,
                std::chrono::milliseconds limit) {
  auto lease = take();
  std::set<int> missing;
  for (int rank = 0; rank < self.size; ++rank) missing.insert(rank);
  missing.erase(self.rank);
  const auto end = Clock::now() + limit;
  while (!missing.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    const auto caller = accept_within(listener, left);
    if (!caller) complain(missing, limit);
    serve(*caller, lease, missing);
  }
  auto record = lease.record();
  return {.record = std::move(record), .lease = std::move(lease), .received = {}};
}

/// A share of the lease from whoever leads; nothing when that one has gone without an answer.
std::optional<GroupShare> follow(const UniqueFd& leader, const LocalRank& self) {
  send_message(leader, std::to_string(self.rank), {});
  auto answer = receive_message(leader, {});
  if (!answer) return {};
  const auto lines = split(answer->text, '\n');
  if (lines.front() == refused || lines.size() < 3) {
    throw Error(ErrorKind::peer, "two processes of this job say that they are local rank " +
                                     std::to_string(self.rank) + " (" + self.variable + ")");
  }
  const auto text = std::string_view(answer->text).substr(granted.size() + lines[1].size() + 2);
  auto record = parse_record(text);
  if (!record) throw Error(ErrorKind::internal, "a lease record came broken from another rank");
  record->id = lines[1];
  return GroupShare{
      .record = std::move(*record), .lease = {}, .received = std::move(answer->descriptors)};
}

}  // namespace

std::vector<int> GroupShare::descriptors() const {
  if (lease) return lease->descriptors();
  std::vector<int> numbers;
  for (const auto& lock : received) numbers.push_back(lock.get());
  return numbers;
}

GroupShare join_group(const std::string& name, const LocalRank& self,
                      const std::function<Lease()>& take, std::chrono::milliseconds limit) {
  for (;;) {
    if (const auto listener = listen_as(name)) return lead(*listener, self, take, limit);
    const auto leader = connect_to(name);
    auto membership = leader ? follow(*leader, self) : std::nullopt;
    if (membership) return std::move(*membership);
    ::poll(nullptr, 0, 2);  // It has bound its name and does not listen yet, or has just gone.
  }
}

}  // namespace septet
