// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/block_agent.cuh"
#include "communicate/cuda/check.hpp"
#include "communicate/cuda/loading.cuh"
#include "communicate/cuda/message_kernels.hpp"
#include "communicate/cuda/station.cuh"

namespace septet {
namespace {

/// Each has some loads under way; sixteen use up what the link carries. They wait for nobody.
constexpr unsigned copy_blocks = 16;

/// One worker of a lane. In shared memory: a block may be several workers in turn.
struct Worker {
  std::uint32_t lane;
  std::uint32_t entry;  ///< That it is at.
  ChunkTurn turn;
};

__device__ DeviceState::Way& way_of(const MessageJob& job, const MessageLane& lane) {
  DeviceState& state = *job.station.state;
  return lane.sends ? state.out[lane.peer] : state.in[lane.peer];
}

__device__ const MessageEntry* entries_of(const MessageJob& job) {
  return job.table != nullptr ? job.table : job.here;
}

__device__ Worker worker_of(const MessageJob& job, std::uint32_t number) {
  std::uint32_t lane = 0;
  while (job.lane[lane + 1].first_worker <= number) ++lane;
  const MessageLane& mine = job.lane[lane];
  const std::uint32_t crew = job.lane[lane + 1].first_worker - mine.first_worker;
  return {lane, mine.begin, {way_of(job, mine).chunks, number - mine.first_worker, crew}};
}

template <typename Steps>
__device__ Step advance_message(BlockAgent& agent, const Pipe& pipe, const MessageEntry& entry,
                                ChunkTurn& turn) {
  Steps steps(pipe, entry.plan, entry.buffer, turn);
  const Step step = steps.advance(agent);
  turn = steps.turn();
  if (step == Step::finished) turn.pass(entry.plan);
  return step;
}

/// One try of one worker; Step::finished when its share of all messages is done.
__device__ Step advance_worker(const MessageJob& job, BlockAgent& agent, Worker& worker) {
  const MessageLane& lane = job.lane[worker.lane];
  const std::uint32_t end = job.lane[worker.lane + 1].begin;
  if (worker.entry == end) return Step::finished;
  const MessageEntry& entry = entries_of(job)[worker.entry];
  const Pipe& pipe = way_of(job, lane).pipe;
  ChunkTurn turn = worker.turn;
  const Step step = lane.sends ? advance_message<Sending<BlockAgent>>(agent, pipe, entry, turn)
                               : advance_message<Receiving<BlockAgent>>(agent, pipe, entry, turn);
  if (step == Step::waiting || step == Step::mismatch) return step;
  __syncthreads();
  if (threadIdx.x == 0) {
    worker.turn = turn;
    if (step == Step::finished) ++worker.entry;
  }
  __syncthreads();
  return worker.entry == end ? Step::finished : Step::moved;
}

__device__ void raise_mismatch_of(const MessageJob& job, const Worker& worker) {
  const int peer = job.lane[worker.lane].peer;
  raise_mismatch(job.station, peer, entries_of(job)[worker.entry].plan.description,
                 read_from_card(&job.station.cards[peer].operation));
}

/// One round over the workers of this block: the first mismatch, else whether any moved, or all
/// ended.
__device__ Step advance_workers(const MessageJob& job, BlockAgent& agent, Worker* workers,
                                std::uint32_t count) {
  bool moved = false;
  bool all_ended = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Step step = advance_worker(job, agent, workers[i]);
    if (step == Step::mismatch) {
      if (threadIdx.x == 0) raise_mismatch_of(job, workers[i]);
      return step;
    }
    moved |= step == Step::moved;
    all_ended &= step == Step::finished;
  }
  if (all_ended) return Step::finished;
  return moved ? Step::moved : Step::waiting;
}

/// By the last block to be done: the others have read where the pipes stood.
__device__ void leave_lanes(const MessageJob& job) {
  for (std::uint32_t i = threadIdx.x; i < job.lanes; i += blockDim.x) {
    way_of(job, job.lane[i]).chunks += job.lane[i].chunks;
  }
}

__global__ void __launch_bounds__(MessageJob::threads)
    run_messages(const __grid_constant__ MessageJob job) {
  __shared__ Worker workers[MessageJob::most_lanes];
  const Station& station = job.station;
  const auto progress = progress_of(station);
  const bool gave_up = has_given_up(station);
  if (blockIdx.x == 0 && threadIdx.x == 0) {
    enter(station, progress.operations, entries_of(job)->plan.description);
  }
  const std::uint32_t all = job.lane[job.lanes].first_worker;
  const std::uint32_t count = (all - blockIdx.x + gridDim.x - 1) / gridDim.x;
  if (threadIdx.x < count) {
    workers[threadIdx.x] = worker_of(job, blockIdx.x + threadIdx.x * gridDim.x);
  }
  __syncthreads();
  // Who has nobody else to look after looks for longer.
  BlockAgent agent(station, count == 1 ? 32 : 4, 0);
  Step step = Step::moved;
  while (step == Step::moved || (step == Step::waiting && !agent.must_give_up())) {
    step = advance_workers(job, agent, workers, count);
  }
  const Ending ending = threadIdx.x == 0 ? end_block(*station.state, step) : Ending{};
  if (__syncthreads_or(ending.is_last) == 0) return;
  leave_lanes(job);
  if (threadIdx.x == 0) leave(station, progress.operations, ending.is_whole, gave_up);
}

__global__ void __launch_bounds__(EntryBatch::most)
    put_entries(const __grid_constant__ EntryBatch batch) {
  if (threadIdx.x < batch.count) batch.to[threadIdx.x] = batch.entries[threadIdx.x];
}

__global__ void __launch_bounds__(MessageJob::threads) run_copies(const CopyJob job) {
  const std::uint32_t count = load_now(job.count);
  for (std::uint32_t i = blockIdx.x; i < count; i += gridDim.x) {
    const CopyOrder& order = job.copies[i];
    copy_bytes(load_now(&order.to), load_now(&order.from), load_now(&order.bytes));
  }
}

}  // namespace

void launch(const MessageJob& job, cudaStream_t stream) {
  run_messages<<<job.blocks, MessageJob::threads, 0, stream>>>(job);
  check(cudaGetLastError(), "launch messages");
}

void launch(const EntryBatch& batch, cudaStream_t stream) {
  put_entries<<<1, EntryBatch::most, 0, stream>>>(batch);
  check(cudaGetLastError(), "list messages on the device");
}

void launch(const CopyJob& job, cudaStream_t stream) {
  run_copies<<<copy_blocks, MessageJob::threads, 0, stream>>>(job);
  check(cudaGetLastError(), "launch copies");
}

void load_message_kernels() {
  load_kernel(run_messages);
  load_kernel(put_entries);
  load_kernel(run_copies);
}

int resident_message_blocks() { return resident_blocks_of(run_messages, MessageJob::threads); }

}  // namespace septet
