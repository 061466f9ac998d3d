// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/block_agent.cuh"
#include "communicate/cuda/check.hpp"
#include "communicate/cuda/kernels.hpp"
#include "communicate/cuda/loading.cuh"
#include "communicate/cuda/message_kernels.hpp"
#include "communicate/cuda/station.cuh"
#include "communicate/steps/exchange.hpp"
#include "communicate/steps/packets.hpp"

#include <algorithm>

namespace septet {
namespace {

constexpr unsigned exchange_threads = 512;

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

/// Breaks the communicator when `rank` is another one, which is in another collective.
__device__ void raise_stranger(const Station& station, int rank, const ExchangePlan& plan) {
  if (rank < 0) return;
  raise_mismatch(station, rank, plan.description,
                 read_from_card(&station.cards[rank].collective_text));
}

/// Lets the next kernel of the stream be set up, and waits for the end of the one before, when that
/// let this one be set up early. Elsewhere it does nothing.
__device__ void take_turns() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// The first word that this thread sends is fetched while it asks how far this rank has come.
__device__ void fetch_first_word(const ExchangePlan& plan) {
  const std::size_t at = word_bytes * (std::size_t{blockIdx.x} * blockDim.x + threadIdx.x);
  const std::size_t end = plan.operation.count * plan.element_bytes * plan.parts;
  if (!plan.publishes || at >= end) return;
  asm volatile(
      "prefetch.global.L1 [%0];" ::"l"(static_cast<const std::byte*>(plan.operation.send) + at));
}

__global__ void __launch_bounds__(PacketGrid::most_threads)
    run_packets(const __grid_constant__ PacketJob job) {
  take_turns();
  fetch_first_word(job.plan);
  const Station& station = job.station;
  const auto progress = progress_of(station);
  const bool gave_up = has_given_up(station);
  BlockAgent agent(station, 1, collective_of(progress, job.plan));
  PacketExchange<BlockAgent> steps(job.mail, job.plan, progress.rounds);
  Step step = steps.advance(agent);
  // The packets are on their way: a thread with few items has time to write the card.
  if (blockIdx.x == 0 && threadIdx.x == blockDim.x - 1) enter(station, progress, job.plan);
  while (step == Step::moved) step = steps.advance(agent);
  // Each thread has heard other packets, so each may have met a stranger, or nobody.
  raise_stranger(station, steps.stranger() >= 0 ? steps.stranger() : agent.stranger(), job.plan);
  __syncthreads();
  if (threadIdx.x != 0) return;
  const Ending ending = end_block(*station.state, step);
  if (!ending.is_last) return;
  station.state->progress.rounds = progress.rounds + 1;
  station.state->progress.collectives = progress.collectives + 1;
  leave(station, progress.operations, ending.is_whole, gave_up);
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

// One block of a multiprocessor may have all its registers: with half of them, which nvcc 13 else
// gives it, they do not hold what is under way.
__global__ void __launch_bounds__(exchange_threads, 1)
    run_exchange(const __grid_constant__ ExchangeJob job) {
  const Station& station = job.station;
  const auto progress = progress_of(station);
  const bool gave_up = has_given_up(station);
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
  const Ending ending = end_block(*station.state, step);
  if (!ending.is_last) return;
  station.state->progress.ring_chunks = first_chunk + job.plan.chunks;
  station.state->progress.collectives = progress.collectives + 1;
  leave(station, progress.operations, ending.is_whole, gave_up);
}

__global__ void __launch_bounds__(exchange_threads)
    run_scale(const __grid_constant__ Operation operation) {
  scale_by_block(static_cast<std::byte*>(operation.recv),
                 static_cast<const std::byte*>(operation.send), operation.count, operation.type,
                 factor_at(operation));
}

}  // namespace

void launch(const PacketJob& job, cudaStream_t stream) {
  cudaLaunchAttribute early{};
  early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  early.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t launch{};
  launch.gridDim = job.grid.blocks;
  launch.blockDim = job.grid.threads;
  launch.stream = stream;
  launch.attrs = &early;
  launch.numAttrs = job.set_up_early ? 1 : 0;
  check(cudaLaunchKernelEx(&launch, run_packets, job), "launch a collective by packets");
}

void launch(const ExchangeJob& job, cudaStream_t stream) {
  run_exchange<<<job.crew.blocks(), exchange_threads, 0, stream>>>(job);
  check(cudaGetLastError(), "launch a collective");
}

void launch_scale(const Operation& operation, cudaStream_t stream) {
  run_scale<<<1, exchange_threads, 0, stream>>>(operation);
  check(cudaGetLastError(), "launch a scaling");
}

void load_kernels() {
  load_kernel(run_packets);
  load_kernel(run_exchange);
  load_kernel(run_scale);
  load_message_kernels();
}

bool sets_up_early(int device) {
  int major = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device),
        "ask for the compute capability");
  return major >= 9;
}

std::uint32_t resident_blocks(int device) {
  const int each =
      std::min({resident_blocks_of(run_packets, PacketGrid::most_threads),
                resident_blocks_of(run_exchange, exchange_threads), resident_message_blocks()});
  int multiprocessors = 0;
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device),
        "ask for the number of multiprocessors");
  return static_cast<std::uint32_t>(each * multiprocessors);
}

}  // namespace septet
