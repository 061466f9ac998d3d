// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/messenger.hpp"

#include "communicate/cuda/check.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace septet {
namespace {

/// Workers of one lane. Source: docs/performance.md, Messages on the device.
constexpr std::uint32_t most_of_lane = 8;

/// Messages of one lane are alike in this.
std::pair<int, OperationKind> lane_of(const Operation& message) {
  return {message.root, message.kind};
}

MessageEntry entry_of(const Operation& message, const Tuning& tuning) {
  const bool sends = message.kind == OperationKind::send;
  const void* buffer = sends ? message.send : message.recv;
  return {plan_message(message, tuning), static_cast<std::byte*>(const_cast<void*>(buffer))};
}

std::unique_ptr<MessageEntry, DeviceFree> new_table() {
  void* memory = nullptr;
  check(cudaMalloc(&memory, sizeof(MessageEntry) * Messenger::most_messages),
        "allocate device memory");
  return std::unique_ptr<MessageEntry, DeviceFree>(static_cast<MessageEntry*>(memory));
}

}  // namespace

Messenger::Messenger(const Station& station, const Tuning& tuning, std::uint32_t most_blocks)
    : station_(station), tuning_(tuning), most_blocks_(most_blocks), table_(new_table()) {}

void Messenger::enqueue(std::span<const Operation> messages, cudaStream_t stream) {
  if (messages.empty()) return;
  std::vector<Operation> sorted(messages.begin(), messages.end());
  std::ranges::stable_sort(sorted, {}, lane_of);
  std::vector<MessageEntry> entries;
  for (const auto& each : sorted) entries.push_back(entry_of(each, tuning_));
  MessageJob job;
  job.station = station_;
  put_into_lanes(sorted, entries, job);
  give_workers(job);
  list(entries, job, stream);
  launch(job, stream);
}

void Messenger::put_into_lanes(std::span<const Operation> sorted,
                               std::span<const MessageEntry> entries, MessageJob& job) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || lane_of(sorted[i - 1]) != lane_of(sorted[i])) {
      job.lane[job.lanes++] = {.begin = static_cast<std::uint32_t>(i),
                               .peer = static_cast<std::uint8_t>(sorted[i].root),
                               .sends = sorted[i].kind == OperationKind::send};
    }
    job.lane[job.lanes - 1].chunks += entries[i].plan.chunks;
  }
  job.lane[job.lanes].begin = static_cast<std::uint32_t>(sorted.size());
}

void Messenger::give_workers(MessageJob& job) const {
  std::vector<std::uint32_t> chunks;
  for (std::uint32_t i = 0; i < job.lanes; ++i) chunks.push_back(job.lane[i].chunks);
  const auto crews = crews_of(chunks, most_blocks_, most_of_lane);
  std::uint32_t workers = 0;
  for (std::uint32_t i = 0; const auto crew : crews) {
    job.lane[i++].first_worker = static_cast<std::uint16_t>(workers);
    workers += crew;
  }
  job.lane[job.lanes].first_worker = static_cast<std::uint16_t>(workers);
  job.blocks = std::min(workers, most_blocks_);
}

void Messenger::list(std::span<const MessageEntry> entries, MessageJob& job, cudaStream_t stream) {
  if (entries.size() <= MessageJob::most_here) {
    std::ranges::copy(entries, job.here);
    return;
  }
  const auto batch = std::make_unique<EntryBatch>();
  for (std::size_t first = 0; first < entries.size(); first += EntryBatch::most) {
    const auto some =
        entries.subspan(first, std::min<std::size_t>(EntryBatch::most, entries.size() - first));
    batch->to = table_.get() + first;
    batch->count = static_cast<std::uint32_t>(some.size());
    std::ranges::copy(some, batch->entries);
    launch(*batch, stream);
  }
  job.table = table_.get();
}

}  // namespace septet
