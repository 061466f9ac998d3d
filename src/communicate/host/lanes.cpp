// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/lanes.hpp"

#include "communicate/check_operation.hpp"
#include "communicate/host/alone.hpp"

#include <algorithm>
#include <cstdint>

namespace septet {
namespace {

const std::byte* bytes_at(const void* address) { return static_cast<const std::byte*>(address); }
std::byte* bytes_at(void* address) { return static_cast<std::byte*>(address); }

ExchangePlan plan_of(const Passage& passage, const Operation& operation) {
  auto plan = plan_exchange(operation, passage.rank, passage.ranks, passage.tuning_for(operation));
  const auto address = reinterpret_cast<std::uintptr_t>(operation.send);
  plan.own_stays_home = factor_at(operation) == nullptr && address % plan.element_bytes == 0;
  return plan;
}

}  // namespace

Lane::Collective::Collective(Passage& passage, const Operation& operation)
    : plan(plan_of(passage, operation)), steps(passage.ring, plan, passage.ring_chunks, Duty{}) {}

template <>
Lane::Message<Sending<HostAgent>>::Message(Passage::Way& way, const Operation& operation)
    : plan(plan_message(operation, {.slot_bytes = way.pipe.slot_bytes})),
      steps(way.pipe, plan, bytes_at(operation.send), {.first_chunk = way.chunks}) {}

template <>
Lane::Message<Receiving<HostAgent>>::Message(Passage::Way& way, const Operation& operation)
    : plan(plan_message(operation, {.slot_bytes = way.pipe.slot_bytes})),
      steps(way.pipe, plan, bytes_at(operation.recv), {.first_chunk = way.chunks}) {}

void Lane::begin(const Operation& operation) {
  const auto peer = static_cast<std::size_t>(peer_);
  if (!is_message(operation)) {
    announce(current_.emplace<Collective>(*passage_, operation).plan);
  } else if (operation.kind == OperationKind::send) {
    current_.emplace<Outgoing>(passage_->out[peer], operation);
  } else {
    current_.emplace<Incoming>(passage_->in[peer], operation);
  }
}

/// Flags alone do not tell every mismatch: of two ranks that take each other for the root of a
/// broadcast, none writes any.
void Lane::announce(const ExchangePlan& plan) {
  if (passage_->cards.empty()) return;
  auto& card = passage_->cards[static_cast<std::size_t>(passage_->rank)];
  post(card.collective_text, plan.description);
  post(card.collective, flag_of(plan.signature, ++passage_->collectives));
}

Step Lane::try_step() {
  if (auto* collective = std::get_if<Collective>(&current_)) {
    return collective->steps.advance(agent_);
  }
  if (auto* outgoing = std::get_if<Outgoing>(&current_)) return outgoing->steps.advance(agent_);
  return std::get<Incoming>(current_).steps.advance(agent_);
}

void Lane::end() {
  const auto peer = static_cast<std::size_t>(peer_);
  if (const auto* collective = std::get_if<Collective>(&current_)) {
    passage_->ring_chunks += collective->plan.chunks;
  } else if (const auto* outgoing = std::get_if<Outgoing>(&current_)) {
    passage_->out[peer].chunks += outgoing->plan.chunks;
  } else {
    passage_->in[peer].chunks += std::get<Incoming>(current_).plan.chunks;
  }
  current_.emplace<std::monostate>();
}

Step Lane::advance() {
  if (std::holds_alternative<std::monostate>(current_)) {
    if (next_ == queue_.size()) return Step::finished;
    begin(queue_[next_++]);
  }
  const Step step = try_step();
  if (step != Step::finished) return step;
  end();
  return next_ == queue_.size() ? Step::finished : Step::moved;
}

void Lane::tell_obstacles(std::vector<Obstacle>& all) const {
  const auto* collective = std::get_if<Collective>(&current_);
  if (collective == nullptr) return all.push_back(mismatch());
  for (const int rank : collective->steps.blockers().ranks) {
    if (rank >= 0) all.push_back(obstacle_of(*collective, rank));
  }
}

Obstacle Lane::obstacle_of(const Collective& collective, int rank) const {
  if (passage_->cards.empty()) return {rank, collective.plan.description, {}};
  const auto& card = passage_->cards[static_cast<std::size_t>(rank)];
  const auto last = peek(card.collective);
  const bool is_mismatch =
      sequence_of(last) == passage_->collectives && signature_of(last) != collective.plan.signature;
  return {rank, collective.plan.description, peek(card.collective_text), is_mismatch};
}

Obstacle Lane::mismatch() const {
  if (const auto* collective = std::get_if<Collective>(&current_)) {
    const auto* flag = collective->steps.blocking_flag();
    return {collective->steps.blocker(), collective->plan.description, peek(flag->description)};
  }
  if (const auto* outgoing = std::get_if<Outgoing>(&current_)) {
    return {peer_, outgoing->plan.description, peek(outgoing->steps.blocking_flag()->description)};
  }
  const auto& incoming = std::get<Incoming>(current_);
  return {peer_, incoming.plan.description, peek(incoming.steps.blocking_flag()->description)};
}

Lanes::Lanes(Passage& passage, std::span<const Operation> group) : passage_(&passage) {
  exchange_with_self(group, passage.rank);
  for (const auto& each : group) {
    if (!is_message(each)) {
      if (each.count > 0 || each.kind == OperationKind::barrier) add(each);
    } else if (each.root != passage.rank) {
      add(each);
    }
  }
}

std::size_t Lanes::add(const Operation& operation) {
  const std::size_t lane = lane_of(operation);
  lanes_[lane].add(operation);
  ended_[lane] = false;
  return lane;
}

std::size_t Lanes::lane_of(const Operation& operation) {
  const int peer = is_message(operation) ? operation.root : -1;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const bool alike = peer < 0 || lanes_[i].queue_.front().kind == operation.kind;
    if (lanes_[i].peer_ == peer && alike) return i;
  }
  lanes_.emplace_back(*passage_, peer);
  ended_.push_back(false);
  return lanes_.size() - 1;
}

std::size_t Lanes::count_ended() const {
  return static_cast<std::size_t>(std::ranges::count(ended_, true));
}

Step Lanes::advance() {
  bool moved = false;
  bool all_ended = true;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (ended_[i]) continue;
    const Step step = lanes_[i].advance();
    if (step == Step::mismatch) {
      mismatched_ = i;
      return step;
    }
    ended_[i] = step == Step::finished;
    moved |= step == Step::moved || ended_[i];
    all_ended &= ended_[i];
  }
  if (all_ended) return Step::finished;
  return moved ? Step::moved : Step::waiting;
}

std::vector<Obstacle> Lanes::obstacles() const {
  std::vector<Obstacle> all;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!ended_[i]) lanes_[i].tell_obstacles(all);
  }
  return all;
}

std::uint32_t Lanes::waits_for() const {
  const auto all = obstacles();
  const auto is_first = [&](const Obstacle& each) { return each.rank == all.front().rank; };
  const bool one = !all.empty() && std::ranges::all_of(all, is_first);
  return one ? static_cast<std::uint32_t>(all.front().rank) + 1 : any_rank;
}

}  // namespace septet
