// SPDX-License-Identifier: Apache-2.0
#include "communicate/check_operation.hpp"
#include "communicate/communicator_state.hpp"
#include "communicate/compound.hpp"
#include "communicate/family.hpp"
#include "communicate/host/alone.hpp"
#include "communicate/host/run.hpp"
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <algorithm>
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

}  // namespace

Communicator::Communicator(const Membership& membership)
    : state_(std::make_unique<CommunicatorState>(membership, settings_from_environment(),
                                                 BufferPlace::host)) {}

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
  const HostGroup one{state_.get(), &state_->passage(), group};
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
      auto* state = each.communicator->state_.get();
      several.push_back({state, &state->passage(), each.operations});
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
  const Choice mine = choice_of(color, key);
  std::vector<Choice> choices(static_cast<std::size_t>(size()));
  all_gather(&mine, choices.data(), sizeof mine, DataType::uint8);
  const auto part = split_membership(state_->membership(), state_->splits++, choices);
  if (!part) return std::nullopt;
  return Communicator(*part);
}

Communicator Communicator::shrink(std::span<const int> excluded) {
  return Communicator(shrink_membership(state_->membership(), state_->shrinks++, excluded));
}

void Communicator::abort() noexcept {
  const int self = rank();
  state_->raise({.trouble = Trouble::aborted, .culprit = self, .mine = {}, .theirs = {}});
}

void Communicator::check() const { state_->check(); }

void Communicator::check_own_calls() const { state_->check_own_calls(); }

}  // namespace septet
