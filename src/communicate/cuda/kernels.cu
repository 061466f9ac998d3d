// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/block_agent.cuh"
#include "communicate/cuda/check.hpp"
#include "communicate/cuda/kernels.hpp"
#include "communicate/steps/exchange.hpp"
#include "communicate/steps/packets.hpp"

#include <algorithm>

namespace septet {
namespace {

constexpr unsigned exchange_threads = 512;
constexpr unsigned message_blocks = 8;

__device__ DeviceState::Progress progress_of(const Station& station) {
  const auto words = __ldcv(reinterpret_cast<const int4*>(&station.state->progress));
  return __builtin_bit_cast(DeviceState::Progress, words);
}

/// Tells the other ranks what this one is at. By one thread.
__device__ void enter(const Station& station, std::uint32_t operations,
                      const Description& description) {
  RankCard& card = station.cards[station.rank];
  store_now(&card.operation, description);
  store_now(&card.entered, std::uint64_t{operations} + 1);
}

/// What this rank is in, as its card tells it: which collective, and its number.
__device__ std::uint64_t collective_of(const DeviceState::Progress& progress,
                                       const ExchangePlan& plan) {
  return flag_of(plan.signature, progress.collectives + 1);
}

/// The same of a collective. By one thread.
__device__ void enter(const Station& station, const DeviceState::Progress& progress,
                      const ExchangePlan& plan) {
  enter(station, progress.operations, plan.description);
  RankCard& card = station.cards[station.rank];
  store_now(&card.collective_text, plan.description);
  store_now(&card.collective, collective_of(progress, plan));
}

/// Breaks the communicator: this rank and `culprit` called different things. By one thread.
__device__ void raise_mismatch(const Station& station, int culprit, const Description& mine,
                               const Description& theirs) {
  RankCard& card = station.cards[station.rank];
  store_now(&card.culprit, static_cast<std::int32_t>(culprit));
  store_now(&card.mine, mine);
  store_now(&card.theirs, theirs);
  store_now(reinterpret_cast<std::uint32_t*>(&card.trouble),
            static_cast<std::uint32_t>(Trouble::mismatch));
  __threadfence_system();
  store_now(station.broken, static_cast<std::uint32_t>(station.rank) + 1);
}

/// What a rank, whose flag or packet told something else than expected, says on its card.
__device__ Description read_from_card(const Description* place) {
  // It is written at the same time as that flag, and need not come first.
  for (int i = 0; i < 100; ++i) __nanosleep(1000);
  Description description;
  auto* to = reinterpret_cast<std::uint64_t*>(&description);
  const auto* from = reinterpret_cast<const std::uint64_t*>(place);
  to[0] = load_now(from);
  to[1] = load_now(from + 1);
  return description;
}

/// Breaks the communicator when `rank` is another one, which is in another collective.
__device__ void raise_stranger(const Station& station, int rank, const ExchangePlan& plan) {
  if (rank < 0) return;
  raise_mismatch(station, rank, plan.description,
                 read_from_card(&station.cards[rank].collective_text));
}

/// Whether this block is the last of the kernel to be done. By one thread of each block.
__device__ bool is_last(DeviceState& state) {
  if (gridDim.x == 1) return true;
  __threadfence();
  if (atomicAdd(&state.arrivals, 1U) + 1 != gridDim.x) return false;
  state.arrivals = 0;
  __threadfence();
  return true;
}

/// Counts an operation that came to its end. By one thread.
__device__ void leave(const Station& station, std::uint32_t operations) {
  station.state->progress.operations = operations + 1;
  store_now(&station.cards[station.rank].finished, std::uint64_t{operations} + 1);
}

__global__ void __launch_bounds__(PacketJob::threads)
    run_packets(const __grid_constant__ PacketJob job) {
  const Station& station = job.station;
  const auto progress = progress_of(station);
  BlockAgent agent(station, 1, collective_of(progress, job.plan));
  PacketExchange<BlockAgent> steps(job.mail, job.plan, progress.rounds);
  Step step = steps.advance(agent);
  // The packets are on their way: a thread with few items has time to write the card.
  if (blockIdx.x == 0 && threadIdx.x == blockDim.x - 1) enter(station, progress, job.plan);
  while (step == Step::moved) step = steps.advance(agent);
  // Each thread has heard other packets, so each may have met a stranger, or nobody.
  raise_stranger(station, steps.stranger() >= 0 ? steps.stranger() : agent.stranger(), job.plan);
  __syncthreads();
  if (threadIdx.x != 0 || !is_last(*station.state)) return;
  station.state->progress.rounds = progress.rounds + 1;
  station.state->progress.collectives = progress.collectives + 1;
  leave(station, progress.operations);
}

__device__ Duty duty_of(const BlockCrew& crew, std::uint32_t block) {
  if (block < crew.publishers) return {true, false, false, block, crew.publishers};
  block -= crew.publishers;
  if (block < crew.combiners) return {false, true, false, block, crew.combiners};
  block -= crew.combiners;
  return {false, false, true, block, crew.collectors};
}

__device__ void begin_exchange(const ExchangeJob& job, const DeviceState::Progress& progress) {
  if (blockIdx.x != 0 || threadIdx.x != 0) return;
  enter(job.station, progress, job.plan);
  if (job.begun != nullptr) store_release(job.begun, flag_of(progress.ring_chunks, job.ticket));
}

__global__ void __launch_bounds__(exchange_threads)
    run_exchange(const __grid_constant__ ExchangeJob job) {
  const Station& station = job.station;
  const auto progress = progress_of(station);
  const std::uint32_t first_chunk = progress.ring_chunks;
  begin_exchange(job, progress);
  BlockAgent agent(station, 32, collective_of(progress, job.plan));
  Exchange<BlockAgent> steps(job.ring, job.plan, first_chunk, duty_of(job.crew, blockIdx.x));
  Step step = Step::moved;
  while (step == Step::moved || (step == Step::waiting && !agent.must_give_up())) {
    step = steps.advance(agent);
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  raise_stranger(station, step == Step::mismatch ? steps.blocker() : agent.stranger(), job.plan);
  if (!is_last(*station.state)) return;
  station.state->progress.ring_chunks = first_chunk + job.plan.chunks;
  station.state->progress.collectives = progress.collectives + 1;
  leave(station, progress.operations);
}

/// How far a lane has come. In shared memory: a block serves several lanes in turn.
struct LaneState {
  std::uint32_t entry;
  std::uint32_t first_chunk;  ///< Of the pipe, when the entry was begun.
  std::uint32_t done;         ///< Chunks of the entry.
};

__device__ Step advance_message(BlockAgent& agent, const DeviceState::Way& way,
                                const MessageEntry& entry, LaneState& lane) {
  Step step;
  std::uint32_t done;
  if (entry.sends) {
    Sending<BlockAgent> steps(way.pipe, entry.plan, entry.buffer, lane.first_chunk, lane.done);
    step = steps.advance(agent);
    done = steps.done();
  } else {
    Receiving<BlockAgent> steps(way.pipe, entry.plan, entry.buffer, lane.first_chunk, lane.done);
    step = steps.advance(agent);
    done = steps.done();
  }
  __syncthreads();
  if (threadIdx.x == 0) lane.done = done;
  __syncthreads();
  return step;
}

/// One try of one lane; Step::finished when all its entries are done.
__device__ Step advance_lane(const MessageJob& job, BlockAgent& agent, std::uint32_t number,
                             LaneState& lane) {
  const std::uint32_t end = job.begin_of_lane[number + 1];
  if (lane.entry == end) return Step::finished;
  const MessageEntry& entry = job.entries[lane.entry];
  DeviceState& state = *job.station.state;
  DeviceState::Way& way = entry.sends ? state.out[entry.peer] : state.in[entry.peer];
  const Step step = advance_message(agent, way, entry, lane);
  if (step != Step::finished) return step;
  if (threadIdx.x == 0) {
    lane = {lane.entry + 1, lane.first_chunk + entry.plan.chunks, 0};
    way.chunks = lane.first_chunk;
  }
  __syncthreads();
  return lane.entry == end ? Step::finished : Step::moved;
}

__device__ void begin_lane(const MessageJob& job, std::uint32_t number, LaneState& lane) {
  const std::uint32_t first = job.begin_of_lane[number];
  const MessageEntry& entry = job.entries[first];
  const DeviceState& state = *job.station.state;
  const auto& way = entry.sends ? state.out[entry.peer] : state.in[entry.peer];
  lane = {first, way.chunks, 0};
}

/// One round over the lanes of this block: the first mismatch, else whether any moved, or all
/// ended.
__device__ Step advance_lanes(const MessageJob& job, BlockAgent& agent, LaneState* lanes) {
  bool moved = false;
  bool all_ended = true;
  for (std::uint32_t n = blockIdx.x, i = 0; n < job.lanes; n += gridDim.x, ++i) {
    const Step step = advance_lane(job, agent, n, lanes[i]);
    if (step == Step::mismatch) {
      const auto& entry = job.entries[lanes[i].entry];
      if (threadIdx.x == 0) {
        raise_mismatch(job.station, entry.peer, entry.plan.description,
                       read_from_card(&job.station.cards[entry.peer].operation));
      }
      return step;
    }
    moved |= step == Step::moved;
    all_ended &= step == Step::finished;
  }
  if (all_ended) return Step::finished;
  return moved ? Step::moved : Step::waiting;
}

__global__ void __launch_bounds__(exchange_threads)
    run_messages(const __grid_constant__ MessageJob job) {
  __shared__ LaneState lanes[MessageJob::most_lanes / message_blocks];
  const Station& station = job.station;
  const auto progress = progress_of(station);
  if (threadIdx.x == 0) {
    if (blockIdx.x == 0) enter(station, progress.operations, job.entries[0].plan.description);
    for (std::uint32_t n = blockIdx.x, i = 0; n < job.lanes; n += gridDim.x, ++i) {
      begin_lane(job, n, lanes[i]);
    }
  }
  __syncthreads();
  BlockAgent agent(station, 4, 0);
  Step step = Step::moved;
  while (step == Step::moved || (step == Step::waiting && !agent.must_give_up())) {
    step = advance_lanes(job, agent, lanes);
  }
  __syncthreads();
  if (threadIdx.x == 0 && is_last(*station.state)) leave(station, progress.operations);
}

__global__ void __launch_bounds__(exchange_threads)
    run_scale(const __grid_constant__ Operation operation) {
  scale_by_block(static_cast<std::byte*>(operation.recv),
                 static_cast<const std::byte*>(operation.send), operation.count, operation.type,
                 factor_at(operation));
}

template <typename Kernel>
void load_kernel(Kernel* kernel) {
  cudaFuncAttributes attributes;
  check(cudaFuncGetAttributes(&attributes, kernel), "load a kernel");
}

/// How many blocks of `kernel` a multiprocessor can run at once.
template <typename Kernel>
int resident_blocks_of(Kernel* kernel, unsigned threads) {
  int blocks = 0;
  check(
      cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, static_cast<int>(threads), 0),
      "ask for the occupancy of a kernel");
  return blocks;
}

}  // namespace

void launch(const PacketJob& job, cudaStream_t stream) {
  run_packets<<<job.blocks, PacketJob::threads, 0, stream>>>(job);
  check(cudaGetLastError(), "launch a collective by packets");
}

void launch(const ExchangeJob& job, cudaStream_t stream) {
  run_exchange<<<job.crew.blocks(), exchange_threads, 0, stream>>>(job);
  check(cudaGetLastError(), "launch a collective");
}

void launch(const MessageJob& job, cudaStream_t stream) {
  const unsigned blocks = job.lanes < message_blocks ? job.lanes : message_blocks;
  run_messages<<<blocks, exchange_threads, 0, stream>>>(job);
  check(cudaGetLastError(), "launch messages");
}

void launch_scale(const Operation& operation, cudaStream_t stream) {
  run_scale<<<1, exchange_threads, 0, stream>>>(operation);
  check(cudaGetLastError(), "launch a scaling");
}

void load_kernels() {
  load_kernel(run_packets);
  load_kernel(run_exchange);
  load_kernel(run_messages);
  load_kernel(run_scale);
}

std::uint32_t resident_blocks(int device) {
  const int each = std::min(resident_blocks_of(run_packets, PacketJob::threads),
                            resident_blocks_of(run_exchange, exchange_threads));
  int multiprocessors = 0;
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device),
        "ask for the number of multiprocessors");
  return static_cast<std::uint32_t>(each * multiprocessors);
}

}  // namespace septet
