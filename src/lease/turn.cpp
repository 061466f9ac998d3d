// SPDX-License-Identifier: Apache-2.0
#include "lease/turn.hpp"

#include <algorithm>
#include <string>

namespace septet {
namespace {

/// "MPS-<uuid of the GPU>-4." of "MPS-<uuid of the GPU>-4.1".
std::string_view shape_of(const Slice& stand_in) {
  const std::string_view uuid = stand_in.uuid;
  return uuid.substr(0, uuid.rfind('.') + 1);
}

/// Whether a request that could take `candidate` stands in the way of `wanted` as its lease would.
/// Only the name is known of a candidate, and a stand-in's name has that of its GPU in it.
bool is_rival(const std::string& candidate, uid_t waiter, const Slice& wanted, uid_t asker) {
  if (candidate == wanted.uuid) return true;
  if (wanted.kind == SliceKind::mig || wanted.gpu_uuid.empty()) return false;
  if (candidate.find(wanted.gpu_uuid) == std::string::npos) return false;
  const bool one_daemon =
      wanted.kind == SliceKind::mps && waiter == asker && candidate.starts_with(shape_of(wanted));
  return !one_daemon;
}

bool speaks_for(const Waiter& waiter, const Slice& wanted, uid_t asker) {
  return std::any_of(
      waiter.candidates.begin(), waiter.candidates.end(),
      [&](const auto& candidate) { return is_rival(candidate, waiter.holder.uid, wanted, asker); });
}

bool keeps(const LeaseRecord& lease, const Slice& wanted, uid_t asker) {
  return std::any_of(lease.slices.begin(), lease.slices.end(), [&](const auto& held) {
    return excludes(held, lease.holder.uid, wanted, asker);
  });
}

/// Adds the candidates that `stands_in_way` to `busy`; whether there was any.
template <typename StandsInWay>
bool block(Busy& busy, const Asker& asker, StandsInWay stands_in_way) {
  bool any = false;
  for (const auto& candidate : asker.candidates) {
    if (!stands_in_way(candidate)) continue;
    busy.insert(candidate.uuid);
    any = true;
  }
  return any;
}

}  // namespace

bool excludes(const Slice& held, uid_t holder, const Slice& wanted, uid_t asker) {
  if (held.uuid == wanted.uuid) return true;
  if (held.gpu_uuid.empty() || held.gpu_uuid != wanted.gpu_uuid) return false;
  if (held.kind != wanted.kind || held.kind == SliceKind::full) return true;
  return held.kind == SliceKind::mps && (holder != asker || held.profile != wanted.profile);
}

Asker ask(Driver& driver, const Request& request, uid_t uid, std::optional<int> ticket) {
  Asker asker{
      .uid = uid, .ticket = ticket, .host = driver.survey(), .request = request, .candidates = {}};
  asker.candidates = candidates(asker.host, request);
  return asker;
}

Turn turn_of(const Asker& asker, const Roll& roll) {
  Turn turn;
  std::optional<int> last;
  for (const auto& waiter : roll.queue) {
    if (asker.ticket && waiter.ticket >= *asker.ticket) continue;
    const bool meets = block(turn.busy, asker, [&](const Slice& candidate) {
      return speaks_for(waiter, candidate, asker.uid);
    });
    if (!meets) continue;
    ++turn.ahead;
    last = std::max(last.value_or(0), waiter.ticket);
  }
  if (last && !choose(asker.host, asker.request, turn.busy)) turn.behind = last;
  for (const auto& lease : roll.leases) {
    const bool in_way = block(turn.busy, asker, [&](const Slice& candidate) {
      return keeps(lease, candidate, asker.uid);
    });
    if (in_way) turn.holders.push_back(lease);
  }
  return turn;
}

Roll read_deciding_roll(const Layout& layout, Dead dead, const Asker& asker) {
  const auto stuck = [&](const Roll& so_far) { return turn_of(asker, so_far).behind.has_value(); };
  return read_roll_until(stuck, layout, dead, asker.ticket);
}

}  // namespace septet
