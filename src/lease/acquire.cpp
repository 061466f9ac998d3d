// SPDX-License-Identifier: Apache-2.0
#include "lease/acquire.hpp"

#include "lease/entry.hpp"
#include "lease/grant_lock.hpp"
#include "lease/identity.hpp"
#include "lease/layout.hpp"
#include "lease/pause.hpp"
#include "lease/roll.hpp"
#include "lease/slice_lock.hpp"
#include "lease/ticket.hpp"
#include "lease/turn.hpp"

#include <unistd.h>

#include <utility>

namespace septet {
namespace {

/// Sub-leases end with the lease that they share out. Requires: the grant lock is held.
void remove_ended_sub_leases(const Layout& layout) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(layout.within(), ignored)) {
    const bool ended = !std::filesystem::exists(layout.record(entry.path().filename().native()));
    if (ended) std::filesystem::remove_all(entry, ignored);
  }
}

std::vector<std::string> uuids_of(const std::vector<Slice>& slices) {
  std::vector<std::string> uuids;
  for (const auto& slice : slices) uuids.push_back(slice.uuid);
  return uuids;
}

/// One call of `acquire`: attempts, and pauses between them.
class Acquisition {
 public:
  Acquisition(const LeaseFolder& folder, Driver& driver, const Request& request,
              const std::string& command, const Patience& patience, const StepHook& at)
      : layout_{folder.path()},
        driver_(driver),
        request_(request),
        holder_(this_process(command)),
        boot_id_(boot_id()),
        patience_(patience),
        at_(at),
        pause_(patience.limit, folder.watch()) {}

  std::optional<Lease> run() {
    for (;;) {
      if (auto lease = attempt()) return lease;
      if (!may_wait()) return std::nullopt;
      if (patience_.on_wait) tell_place();
      if (!wait_for_change()) return std::nullopt;
    }
  }

 private:
  /// Grants, or takes a place in the queue. Who may wait and is not alone takes the place first, so
  /// that no more than the next one asks for the grant lock.
  std::optional<Lease> attempt() {
    asker_ = ask(driver_, request_, holder_.uid, place());
    reach(AcquireStep::surveyed);
    std::optional<Lease> lease;
    const auto grant = [&] { lease = try_to_grant(); };
    if (!may_wait() || place()) {
      under_grant_lock(layout_, grant);
    } else if (others_wait() || !try_under_grant_lock(layout_, grant)) {
      stand_in_queue();
      if (is_behind()) return std::nullopt;
      under_grant_lock(layout_, grant);
    }
    if (!lease) return std::nullopt;
    ticket_.reset();  // The next one, who is told by that, finds the grant lock free.
    reach(AcquireStep::unqueued);
    return lease;
  }

  [[nodiscard]] bool may_wait() const { return !patience_.limit || patience_.limit->count() > 0; }

  [[nodiscard]] std::optional<int> place() const {
    return ticket_ ? ticket_->place() : std::nullopt;
  }

  /// Or did a moment ago.
  [[nodiscard]] bool others_wait() const {
    std::error_code unreadable;
    return !std::filesystem::is_empty(layout_.queue(), unreadable) && !unreadable;
  }

  /// At the same place as before, or behind everybody.
  void stand_in_queue() {
    if (place()) return;
    ticket_.emplace(layout_, Waiter{.ticket = 0,
                                    .holder = holder_,
                                    .request = request_,
                                    .candidates = uuids_of(asker_.candidates)});
    under_queue_lock(layout_, [this] {
      ticket_->take_place();
      reach(AcquireStep::queued);
    });
    asker_.ticket = place();
  }

  /// Whether an attempt to grant would find that another request has to go first.
  [[nodiscard]] bool is_behind() {
    const auto roll = read_deciding_roll(layout_, Dead::keep, asker_);
    turn_ = turn_of(asker_, roll);
    stray_ = false;
    scene_ = scene_of(layout_, roll, turn_.behind);
    return turn_.behind.has_value();
  }

  std::optional<Lease> try_to_grant() {
    reach(AcquireStep::locked);
    const auto roll = read_deciding_roll(layout_, Dead::remove, asker_);
    turn_ = turn_of(asker_, roll);
    stray_ = false;
    while (auto plan = choose(asker_.host, request_, turn_.busy)) {
      reach(AcquireStep::chosen);
      auto taken = try_lock_slices(layout_, plan->slices);
      if (taken.refused.empty()) return grant_plan(*std::move(plan), std::move(taken.locks));
      // Its holder's record is gone, or was never ours to read. The lock is what counts.
      turn_.busy.insert(taken.refused);
      stray_ = true;
    }
    if (may_wait()) wait_from(roll);
    return std::nullopt;
  }

  Lease grant_plan(Plan plan, std::vector<UniqueFd> locks) {
    reach(AcquireStep::taken);
    LeaseRecord record{.id = {},
                       .holder = holder_,
                       .boot_id = boot_id_,
                       .slices = std::move(plan.slices),
                       .reason = std::move(plan.reason)};
    record.holder.since = std::chrono::system_clock::now();
    remove_ended_sub_leases(layout_);  // Before a new lease can get the id of an ended one.
    auto lease = enter(layout_, std::move(record), std::move(locks));
    reach(AcquireStep::recorded);
    if (ticket_) ticket_->leave();
    return lease;
  }

  void wait_from(const Roll& roll) {
    // As the roll was, not as it is now: a lease that ended in between must count as news.
    scene_ = scene_of(layout_, roll, turn_.behind);
    stand_in_queue();
    ticket_->renew(uuids_of(asker_.candidates));
  }

  [[nodiscard]] Scene look() const { return scene_now(layout_, turn_.behind, place()); }

  bool wait_for_change() {
    // A lock without a record is let go of unseen.
    if (stray_) return pause_.a_moment();
    return pause_.until_change(scene_, [this] { return look(); });
  }

  /// Counts anew, and not under the grant lock: what decides is less than what people ask.
  void tell_place() {
    asker_.ticket = place();
    auto turn = turn_of(asker_, read_roll(layout_, Dead::keep, asker_.ticket));
    if (told_ == turn.ahead) return;
    told_ = turn.ahead;
    for (auto& lease : turn.holders) lease.holder.user = user_name(lease.holder.uid);
    patience_.on_wait(turn.ahead, turn.holders);
  }

  void reach(AcquireStep step) const {
    if (at_) at_(step);
  }

  const Layout layout_;
  Driver& driver_;
  const Request& request_;
  const Holder holder_;
  const std::string boot_id_;
  const Patience& patience_;
  const StepHook& at_;
  Pause pause_;
  Asker asker_;
  Turn turn_;
  Scene scene_;
  bool stray_ = false;
  std::optional<Ticket> ticket_;
  std::optional<int> told_;
};

}  // namespace

std::optional<Lease> acquire_in_steps(const LeaseFolder& folder, Driver& driver,
                                      const Request& request, const std::string& command,
                                      const Patience& patience, const StepHook& at) {
  return Acquisition(folder, driver, request, command, patience, at).run();
}

std::optional<Lease> acquire(const LeaseFolder& folder, Driver& driver, const Request& request,
                             const std::string& command, const Patience& patience) {
  return acquire_in_steps(folder, driver, request, command, patience, {});
}

}  // namespace septet
