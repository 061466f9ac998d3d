// SPDX-License-Identifier: Apache-2.0
#include "communicate/steps/plan.hpp"

#include "communicate/steps/message.hpp"

#include <algorithm>
#include <numeric>

namespace septet {
namespace {

/// Shares of chunks and parts of slots begin at such addresses.
constexpr std::size_t line_bytes = 128;

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93;
  value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93;
  return value ^ (value >> 32);
}

/// Which parts of the work of `kind` fall to this rank.
void give_steps(ExchangePlan& plan, int rank, int ranks, const Tuning& tuning) {
  const bool root = rank == plan.operation.root;
  const bool one_hop = plan.operation.count * plan.element_bytes <= tuning.one_hop_bytes;
  plan.publishes = true;
  switch (plan.operation.kind) {
    case OperationKind::barrier:
    case OperationKind::all_gather:
      plan.collecting = Collecting::every_slot;
      return;
    case OperationKind::all_reduce:
      plan.combines = !one_hop;
      plan.collecting = one_hop ? Collecting::reduced_part : Collecting::result;
      return;
    case OperationKind::reduce:
      plan.combines = !one_hop;
      plan.collecting = one_hop ? Collecting::reduced_part : Collecting::result;
      if (!root) plan.collecting = Collecting::nothing;
      return;
    case OperationKind::broadcast:
      plan.publishes = root;
      plan.alone = root;
      plan.collecting = Collecting::root_slot;
      if (root && plan.operation.send == plan.operation.recv) {
        plan.collecting = Collecting::nothing;
      }
      return;
    case OperationKind::reduce_scatter:
      plan.parts = static_cast<std::uint8_t>(ranks);
      plan.collecting = Collecting::reduced_part;
      return;
    case OperationKind::send:
    case OperationKind::recv:
      return;
  }
}

/// The chunks of `bytes` bytes, when one holds `most` at most.
std::size_t chunk_bytes_of(std::size_t bytes, std::size_t most, const Tuning& tuning) {
  constexpr std::size_t wanted_chunks = 8;
  const std::size_t even = (bytes / wanted_chunks + line_bytes) / line_bytes * line_bytes;
  return std::clamp(even, std::min(tuning.least_chunk_bytes, most), most);
}

void cut(ExchangePlan& plan, const Tuning& tuning) {
  plan.part_bytes = tuning.slot_bytes / plan.parts / line_bytes * line_bytes;
  const std::size_t bytes = plan.operation.count * plan.element_bytes;
  const std::size_t fit = chunk_bytes_of(bytes, plan.part_bytes, tuning) / plan.element_bytes;
  plan.chunk_elements = std::min(fit, plan.operation.count);
  const std::size_t chunks = plan.operation.count == 0 ? 1 : (plan.operation.count + fit - 1) / fit;
  plan.chunks = static_cast<std::uint32_t>(chunks);
}

}  // namespace

Description describe(const Operation& operation) {
  return {.count = operation.count,
          .kind = static_cast<std::uint8_t>(operation.kind),
          .type = static_cast<std::uint8_t>(operation.type),
          .reduction = static_cast<std::uint8_t>(operation.reduction),
          .scaled = factor_at(operation) != nullptr,
          .root = operation.root};
}

std::uint32_t signature(const Description& description) {
  const std::uint64_t what =
      std::uint64_t{description.kind} << 56 | std::uint64_t{description.type} << 48 |
      std::uint64_t{description.reduction} << 40 | std::uint64_t{description.scaled} << 32 |
      static_cast<std::uint32_t>(description.root);
  const auto digest = static_cast<std::uint32_t>(mixed(mixed(what) + description.count));
  return digest == 0 ? 1 : digest;
}

ExchangePlan plan_exchange(const Operation& operation, int rank, int ranks, const Tuning& tuning) {
  ExchangePlan plan;
  plan.operation = operation;
  plan.description = describe(operation);
  plan.signature = signature(plan.description);
  plan.element_bytes = size_of(operation.type);
  give_steps(plan, rank, ranks, tuning);
  cut(plan, tuning);
  return plan;
}

MessagePlan plan_message(const Operation& operation, const Tuning& tuning) {
  MessagePlan plan;
  plan.bytes = bytes_of(operation);
  plan.description = describe(operation);
  plan.signature = signature({.count = plan.bytes});
  plan.chunk_bytes = chunk_bytes_of(plan.bytes, tuning.slot_bytes, tuning);
  plan.chunks = static_cast<std::uint32_t>(
      std::max<std::size_t>(1, (plan.bytes + plan.chunk_bytes - 1) / plan.chunk_bytes));
  return plan;
}

std::vector<std::uint32_t> crews_of(std::span<const std::uint32_t> chunks, std::uint32_t workers,
                                    std::uint32_t most) {
  std::vector<std::uint32_t> crews;
  // The less is dealt to the largest, the more lanes have all they can use.
  for (std::uint32_t largest = most; largest > 0; --largest) {
    crews.clear();
    for (const auto each : chunks) crews.push_back(std::min(each, largest));
    if (std::reduce(crews.begin(), crews.end()) <= workers) break;
  }
  return crews;
}

}  // namespace septet
