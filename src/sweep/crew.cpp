// SPDX-License-Identifier: Apache-2.0
#include "sweep/crew.hpp"

#include <algorithm>
#include <utility>

namespace septet {
namespace {

std::string place_of(const Lease& lease) { return position(lease.slices().front()); }

}  // namespace

SlotSight look_at(const Slot& slot, const std::string& metric) {
  SlotSight sight;
  sight.slot = slot.number;
  sight.position = place_of(*slot.lease);
  if (!slot.running) return sight;
  const auto& running = *slot.running;
  sight.trial = running.trial.work.trial;
  sight.attempt = running.trial.work.attempt;
  sight.parameters = running.trial.parameters;
  sight.since = running.since;
  const auto found = running.metrics.find(metric);
  if (found != running.metrics.end()) sight.metric = found->second.last;
  return sight;
}

Crew::Crew(SlicePool pool, int per_slice) : pool_(std::move(pool)), per_slice_(per_slice) {
  for (auto& lease : pool_.leases()) add_slots(lease);
  share_cpus_anew();
}

std::size_t Crew::idle() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const Slot& slot) { return !slot.running; }));
}

bool Crew::is_idle(const Lease& lease) const {
  return std::ranges::none_of(
      slots_, [&](const Slot& slot) { return slot.lease == &lease && slot.running; });
}

int Crew::free_number() const {
  int number = 1;
  const auto is_taken = [&] { return std::ranges::count(slots_, number, &Slot::number) > 0; };
  while (is_taken()) ++number;
  return number;
}

void Crew::add_slots(Lease& lease) {
  for (int i = 0; i < per_slice_; ++i) {
    const int number = free_number();
    const auto behind =
        std::ranges::find_if(slots_, [&](const Slot& slot) { return slot.number > number; });
    slots_.insert(behind, Slot{.number = number, .lease = &lease, .share = {}, .running = {}});
  }
}

void Crew::remove(const Lease& lease) {
  slots_.remove_if([&](const Slot& slot) { return slot.lease == &lease; });
  std::erase(lost_, &lease);
  pool_.give_back(lease);
}

void Crew::share_cpus_anew() {
  std::vector<Slice> slices;
  for (const auto& slot : slots_) slices.push_back(slot.lease->slices().front());
  const auto shares = share_cpus(slices, pool_.host(), topology_);
  auto share = shares.begin();
  for (auto& slot : slots_) slot.share = *share++;
}

std::optional<std::string> Crew::grow() {
  auto* lease = pool_.try_grow();
  if (lease == nullptr) return {};
  add_slots(*lease);
  share_cpus_anew();
  return place_of(*lease);
}

void Crew::shed(std::size_t needed, std::size_t keep) {
  const auto each = static_cast<std::size_t>(per_slice_);
  while (pool_.size() > keep && idle() >= needed + each) {
    const auto lease = std::ranges::find_if(
        pool_.leases(), [this](const Lease& candidate) { return is_idle(candidate); });
    if (lease == pool_.leases().end()) break;
    remove(*lease);
  }
}

std::optional<std::string> Crew::yield(std::size_t keep) {
  if (pool_.size() <= keep) return {};
  for (const auto& lease : pool_.leases()) {
    if (!is_idle(lease) || !pool_.is_wanted(lease)) continue;
    auto place = place_of(lease);
    remove(lease);
    return place;
  }
  return {};
}

std::vector<Slot*> Crew::find_lost() {
  for (auto* lease : pool_.lost()) {
    if (std::ranges::find(lost_, lease) == lost_.end()) lost_.push_back(lease);
  }
  drop_idle_lost();
  std::vector<Slot*> ending;
  for (auto& slot : slots_) {
    if (std::ranges::find(lost_, slot.lease) != lost_.end()) ending.push_back(&slot);
  }
  return ending;
}

void Crew::drop_idle_lost() {
  const auto lost = lost_;
  for (const auto* lease : lost) {
    if (is_idle(*lease)) remove(*lease);
  }
}

}  // namespace septet
