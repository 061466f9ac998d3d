// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/relay.hpp"

#include "communicate/cuda/check.hpp"
#include "communicate/cuda/handles.hpp"
#include "communicate/cuda/stream_order.hpp"
#include "communicate/host/run.hpp"

#include <algorithm>

namespace septet {
namespace {

/// Bytes of one rank that are on their way at once.
constexpr std::size_t piece_bytes = Errand::window_bytes;

std::size_t parts_sent(const Operation& operation, std::size_t ranks) {
  return operation.kind == OperationKind::reduce_scatter ? ranks : 1;
}

std::size_t parts_received(const Operation& operation, std::size_t ranks) {
  return operation.kind == OperationKind::all_gather ? ranks : 1;
}

bool sends(const Operation& operation, int rank) {
  return operation.kind != OperationKind::broadcast || operation.root == rank;
}

bool receives(const Operation& operation, int rank) {
  return operation.kind != OperationKind::reduce || operation.root == rank;
}

}  // namespace

Relay::Relay(CommunicatorState& state)
    : state_(state),
      ranks_(state.members().size()),
      send_(pinned(piece_bytes * ranks_)),
      recv_(pinned(piece_bytes * ranks_)),
      scale_(pinned(sizeof(double))),
      messages_(state, {send_.get(), recv_.get()}) {}

void Relay::run(void* job) {
  auto& mine = *static_cast<Job*>(job);
  auto& state = mine.relay->state_;
  try {
    const HostGroup group{.state = &state,
                          .passage = &state.passage(),
                          .operations = {&mine.operation, 1},
                          .on_own_thread = false};
    state.check();
    run_on_host({&group, 1});
  } catch (...) {
    // It is kept in the broken communicator; CUDA could not pass it on. One that is not of a broken
    // communicator breaks it: the other ranks would wait for this one.
    state.give_up(describe(mine.operation));
  }
  mine.done = true;
}

void Relay::enqueue(const Operation& operation, cudaStream_t stream) {
  jobs_.remove_if([](const Job& job) { return job.done && !job.captured; });
  if (operation.scale != nullptr) {
    check(cudaMemcpyAsync(scale_.get(), operation.scale, size_of(operation.type), cudaMemcpyDefault,
                          stream),
          "copy the factor to the host");
  }
  const std::size_t most = piece_bytes / size_of(operation.type);
  std::size_t first = 0;
  do {
    const std::size_t count = std::min(most, operation.count - first);
    enqueue_piece(operation, first, count, stream);
    first += count;
  } while (first < operation.count);
}

void Relay::enqueue_messages(std::span<const Operation> messages, cudaStream_t stream) {
  messages_.enqueue(messages, stream);
}

void Relay::enqueue_piece(const Operation& operation, std::size_t first, std::size_t count,
                          cudaStream_t stream) {
  const int rank = state_.membership().rank;
  if (sends(operation, rank)) copy_in(operation, first, count, stream);
  Operation piece = operation;
  piece.count = count;
  piece.send = send_.get();
  piece.recv = recv_.get();
  if (operation.scale != nullptr) piece.scale = scale_.get();
  enqueue_job(piece, stream);
  if (receives(operation, rank)) copy_out(operation, first, count, stream);
}

void Relay::enqueue_job(Operation piece, cudaStream_t stream) {
  auto& job = jobs_.emplace_back(this, piece, capture_of(stream).active);
  check(cudaLaunchHostFunc(stream, run, &job), "enqueue a host function");
}

void Relay::copy_in(const Operation& operation, std::size_t first, std::size_t count,
                    cudaStream_t stream) const {
  const std::size_t size = size_of(operation.type);
  const auto* from = static_cast<const std::byte*>(operation.send);
  for (std::size_t i = 0; i < parts_sent(operation, ranks_) && count > 0; ++i) {
    check(
        cudaMemcpyAsync(send_.get() + i * count * size, from + (i * operation.count + first) * size,
                        count * size, cudaMemcpyDefault, stream),
        "copy a piece to the host");
  }
}

void Relay::copy_out(const Operation& operation, std::size_t first, std::size_t count,
                     cudaStream_t stream) const {
  const std::size_t size = size_of(operation.type);
  auto* to = static_cast<std::byte*>(operation.recv);
  for (std::size_t i = 0; i < parts_received(operation, ranks_) && count > 0; ++i) {
    check(cudaMemcpyAsync(to + (i * operation.count + first) * size, recv_.get() + i * count * size,
                          count * size, cudaMemcpyDefault, stream),
          "copy a piece from the host");
  }
}

}  // namespace septet
