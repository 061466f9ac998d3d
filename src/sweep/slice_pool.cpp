// SPDX-License-Identifier: Apache-2.0
#include "sweep/slice_pool.hpp"

#include "launch/mps_daemon.hpp"
#include <septet/driver.hpp>
#include <septet/error.hpp>

#include <algorithm>
#include <utility>

namespace septet {
namespace {

Request one_more(Request request) {
  request.slices = 1;
  request.spread = false;
  request.prefer_full = false;
  return request;
}

}  // namespace

SlicePool::SlicePool(Frame frame, Lease granted) : frame_(std::move(frame)) {
  host_ = frame_.driver.survey();
  const auto& first = granted.slices().front();
  if (!frame_.request.allow_mixed) frame_.request.profile = first.profile;
  if (frame_.request.same_gpu) frame_.request.gpus = {first.gpu};
  // Their daemons must not end between the lease and its parts.
  const auto uses = use_mps_daemons(granted.slices(), frame_.folder.path(), frame_.environment);
  for (auto& lease : split(frame_.folder, std::move(granted))) adopt(std::move(lease));
}

void SlicePool::adopt(Lease lease) {
  auto uses = use_mps_daemons(lease.slices(), frame_.folder.path(), frame_.environment);
  for (auto& use : uses) lease.keep(std::move(use));
  leases_.push_back(std::move(lease));
}

Lease* SlicePool::try_grow() {
  if (!frame_.request.named.empty()) return nullptr;  // All of them are here, or gone.
  auto lease = acquire(frame_.folder, frame_.driver, one_more(frame_.request), frame_.command,
                       {.limit = std::chrono::milliseconds(0), .on_wait = {}});
  if (!lease) return nullptr;
  const bool alike = leases_.empty() || lease->slices().front().memory_bytes ==
                                            leases_.front().slices().front().memory_bytes;
  if (!alike && !frame_.request.allow_mixed) return nullptr;
  adopt(std::move(*lease));
  return &leases_.back();
}

void SlicePool::give_back(const Lease& lease) {
  leases_.remove_if([&](const Lease& each) { return &each == &lease; });
}

bool SlicePool::is_wanted(const Lease& lease) const {
  const auto& uuid = lease.slices().front().uuid;
  const auto queue = frame_.folder.queue();
  return std::ranges::any_of(queue, [&](const Waiter& waiter) {
    return std::ranges::find(waiter.candidates, uuid) != waiter.candidates.end();
  });
}

std::vector<Lease*> SlicePool::lost() {
  host_ = frame_.driver.survey();
  std::vector<Lease*> gone;
  for (auto& lease : leases_) {
    try {
      revalidate(lease.slices(), host_);
    } catch (const Error&) {
      gone.push_back(&lease);
    }
  }
  return gone;
}

}  // namespace septet
