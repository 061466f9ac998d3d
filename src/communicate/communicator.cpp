// SPDX-License-Identifier: Apache-2.0
#include "communicate/check_operation.hpp"
#include "communicate/communicator_state.hpp"
#include "communicate/compound.hpp"
#include "communicate/host/alone.hpp"
#include "communicate/host/run.hpp"
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

namespace septet {
namespace {

void check_group(const CommunicatorState& state, std::span<const Operation> group) {
  for (const auto& each : group) {
    check_operation(each, state.membership().rank, state.membership().ranks);
  }
  state.check();
}

/// Two groups of one communicator would both think that the next chunk is theirs.
void require_different(std::span<const GroupOf> groups) {
  for (auto one = groups.begin(); one != groups.end(); ++one) {
    const auto is_same = [&](const GroupOf& other) {
      return other.communicator == one->communicator;
    };
    if (std::none_of(groups.begin(), one, is_same)) continue;
    throw Error(ErrorKind::usage,
                "run_together: one communicator is named twice: put its operations into one group");
  }
}

/// What each rank says of itself in a split.
struct Choice {
  std::int64_t color = 0;
  std::int32_t has_color = 0;
  std::int32_t key = 0;
};

/// The ranks of the color of `rank`, ordered by key, then by rank.
std::vector<int> ranks_of_color(std::span<const Choice> choices, int rank) {
  const auto at = [&](int r) -> const Choice& { return choices[static_cast<std::size_t>(r)]; };
  std::vector<int> ranks(choices.size());
  std::iota(ranks.begin(), ranks.end(), 0);
  std::erase_if(ranks,
                [&](int r) { return at(r).has_color == 0 || at(r).color != at(rank).color; });
  std::stable_sort(ranks.begin(), ranks.end(), [&](int a, int b) { return at(a).key < at(b).key; });
  return ranks;
}

int index_of(std::span<const int> ranks, int rank) {
  return static_cast<int>(std::find(ranks.begin(), ranks.end(), rank) - ranks.begin());
}

/// The excluded ranks as bits.
std::uint64_t excluded_bits(std::span<const int> excluded, const Membership& own) {
  std::uint64_t bits = 0;
  for (const int rank : excluded) {
    if (rank < 0 || rank >= own.ranks || rank == own.rank) {
      throw Error(ErrorKind::argument,
                  "shrink: rank " + std::to_string(rank) + " cannot be excluded by rank " +
                      std::to_string(own.rank) + " of " + std::to_string(own.ranks));
    }
    bits |= std::uint64_t{1} << rank;
  }
  if (bits == 0) throw Error(ErrorKind::argument, "shrink: name the ranks to exclude");
  return bits;
}

}  // namespace

Communicator::Communicator(const Membership& membership)
    : state_(std::make_unique<CommunicatorState>(membership, settings_from_environment())) {}

Communicator::Communicator(std::unique_ptr<CommunicatorState> state) : state_(std::move(state)) {}
Communicator::Communicator(Communicator&&) noexcept = default;
Communicator& Communicator::operator=(Communicator&&) noexcept = default;
Communicator::~Communicator() = default;

int Communicator::rank() const noexcept { return state_->membership().rank; }
int Communicator::size() const noexcept { return state_->membership().ranks; }

void Communicator::run(const Operation& operation) { run(std::span(&operation, 1)); }

void Communicator::run(std::span<const Operation> group) {
  if (group.empty()) return check();
  check_group(*state_, group);
  if (size() == 1) return run_alone(group);
  const HostGroup one{state_.get(), group};
  run_on_host({&one, 1});
}

void run_together(std::span<const GroupOf> groups) {
  require_different(groups);
  std::vector<HostGroup> several;
  for (const auto& each : groups) check_group(*each.communicator->state_, each.operations);
  for (const auto& each : groups) {
    if (each.operations.empty()) continue;
    if (each.communicator->size() == 1) {
      run_alone(each.operations);
    } else {
      several.push_back({each.communicator->state_.get(), each.operations});
    }
  }
  if (!several.empty()) run_on_host(several);
}

void Communicator::barrier() { run(septet::barrier()); }

void Communicator::all_reduce(const void* send, void* recv, std::size_t count, DataType type,
                              Reduction reduction) {
  run(septet::all_reduce(send, recv, count, type, reduction));
}

void Communicator::reduce(const void* send, void* recv, std::size_t count, DataType type,
                          Reduction reduction, int root) {
  run(septet::reduce(send, recv, count, type, reduction, root));
}

void Communicator::broadcast(const void* send, void* recv, std::size_t count, DataType type,
                             int root) {
  run(septet::broadcast(send, recv, count, type, root));
}

void Communicator::all_gather(const void* send, void* recv, std::size_t count, DataType type) {
  run(septet::all_gather(send, recv, count, type));
}

void Communicator::reduce_scatter(const void* send, void* recv, std::size_t count, DataType type,
                                  Reduction reduction) {
  run(septet::reduce_scatter(send, recv, count, type, reduction));
}

void Communicator::send(const void* buffer, std::size_t count, DataType type, int peer) {
  run(septet::send(buffer, count, type, peer));
}

void Communicator::recv(void* buffer, std::size_t count, DataType type, int peer) {
  run(septet::recv(buffer, count, type, peer));
}

void Communicator::all_to_all(const void* send, void* recv, std::size_t count, DataType type) {
  const std::vector<std::size_t> counts(static_cast<std::size_t>(size()), count);
  std::vector<std::size_t> offsets(counts.size());
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = i * count;
  all_to_all(send, {counts, offsets}, recv, {counts, offsets}, type);
}

void Communicator::all_to_all(const void* send, Parts sent, void* recv, Parts received,
                              DataType type) {
  run(septet::all_to_all(send, sent, recv, received, type, size()));
}

void Communicator::gather(const void* send, void* recv, std::size_t count, DataType type,
                          int root) {
  run(septet::gather(send, recv, count, type, root, rank(), size()));
}

void Communicator::scatter(const void* send, void* recv, std::size_t count, DataType type,
                           int root) {
  run(septet::scatter(send, recv, count, type, root, rank(), size()));
}

std::optional<Communicator> Communicator::split(std::optional<int> color, int key) {
  const Choice mine{.color = color.value_or(0), .has_color = color.has_value(), .key = key};
  std::vector<Choice> choices(static_cast<std::size_t>(size()));
  all_gather(&mine, choices.data(), sizeof mine, DataType::uint8);
  const std::uint64_t number = state_->splits++;
  if (!color) return std::nullopt;
  const auto ranks = ranks_of_color(choices, rank());
  Membership membership = state_->membership();
  const auto split = derived_token(membership.token, "split", number);
  membership.token = derived_token(split, "color", static_cast<std::uint64_t>(*color));
  membership.rank = index_of(ranks, rank());
  membership.ranks = static_cast<int>(ranks.size());
  return Communicator(membership);
}

Communicator Communicator::shrink(std::span<const int> excluded) {
  Membership membership = state_->membership();
  const std::uint64_t bits = excluded_bits(excluded, membership);
  const auto shrink = derived_token(membership.token, "shrink", state_->shrinks++);
  membership.token = derived_token(shrink, "excluded", bits);
  const auto rest = [&](int rank) { return (bits >> rank & 1) == 0 ? 1 : 0; };
  int before = 0;
  int all = 0;
  for (int rank = 0; rank < membership.ranks; ++rank) {
    if (rank < membership.rank) before += rest(rank);
    all += rest(rank);
  }
  membership.rank = before;
  membership.ranks = all;
  return Communicator(membership);
}

void Communicator::abort() noexcept {
  const int self = rank();
  state_->raise({.trouble = Trouble::aborted, .culprit = self, .mine = {}, .theirs = {}});
}

void Communicator::check() const { state_->check(); }

}  // namespace septet
