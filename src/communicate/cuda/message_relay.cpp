// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/message_relay.hpp"

#include "communicate/cuda/check.hpp"
#include "communicate/cuda/stream_order.hpp"

#include <algorithm>

namespace septet {

MessageRelay::MessageRelay(CommunicatorState& state, const Errand::Windows& windows)
    : state_(state),
      windows_(windows),
      count_(pinned(sizeof(std::uint32_t))),
      copies_(pinned(sizeof(CopyOrder) * Errand::most_orders * 2 * state.members().size())) {}

void MessageRelay::enqueue(std::span<const Operation> messages, cudaStream_t stream) {
  jobs_.remove_if([](const Job& job) { return job.done && !job.captured; });
  if (messages.empty()) return;
  auto& job = jobs_.emplace_back(this, messages, capture_of(stream).active);
  enqueue_step(begin, job, stream);
  for (std::size_t i = 0; i < job.errand.rounds(); ++i) enqueue_step(run, job, stream);
}

void MessageRelay::enqueue_step(cudaHostFn_t step, Job& job, cudaStream_t stream) const {
  check(cudaLaunchHostFunc(stream, step, &job), "enqueue a host function");
  launch(CopyJob{reinterpret_cast<const std::uint32_t*>(count_.get()),
                 reinterpret_cast<const CopyOrder*>(copies_.get())},
         stream);
}

void MessageRelay::begin(void* job) {
  auto& mine = *static_cast<Job*>(job);
  mine.left = mine.errand.rounds();
  mine.relay->take_step(mine, &Errand::begin);
}

void MessageRelay::run(void* job) {
  auto& mine = *static_cast<Job*>(job);
  mine.relay->take_step(mine, &Errand::run);
  if (--mine.left == 0) mine.done = true;
}

void MessageRelay::take_step(Job& job, ErrandStep step) const noexcept {
  std::span<const CopyOrder> copies;
  try {
    state_.check();
    copies = (job.errand.*step)();
  } catch (...) {
    // It is kept in the broken communicator; CUDA could not pass it on. One that is not of a broken
    // communicator breaks it: the other ranks would wait for this one.
    state_.give_up(job.first);
  }
  order(copies);
}

void MessageRelay::order(std::span<const CopyOrder> copies) const {
  std::ranges::copy(copies, reinterpret_cast<CopyOrder*>(copies_.get()));
  *reinterpret_cast<std::uint32_t*>(count_.get()) = static_cast<std::uint32_t>(copies.size());
}

}  // namespace septet
