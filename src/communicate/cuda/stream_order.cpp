// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/stream_order.hpp"

#include "communicate/cuda/check.hpp"
#include <septet/error.hpp>

namespace septet {

Capture capture_of(cudaStream_t stream) {
  auto status = cudaStreamCaptureStatusNone;
  unsigned long long id = 0;
  const auto code = cudaStreamGetCaptureInfo(stream, &status, &id);
  if (code == cudaErrorStreamCaptureImplicit) {
    cudaGetLastError();
    throw Error(ErrorKind::usage,
                "the default stream cannot be used while another one that it waits for is "
                "captured: name that one");
  }
  check(code, "ask whether the stream is captured");
  if (status != cudaStreamCaptureStatusInvalidated) {
    const bool active = status == cudaStreamCaptureStatusActive;
    return {.active = active, .id = active ? id : 0};
  }
  throw Error(ErrorKind::usage, "the capture of this stream has failed: end it, and begin anew");
}

Capture common_capture(std::span<const cudaStream_t> streams) {
  if (streams.empty()) throw Error(ErrorKind::argument, "no stream is given: name one at least");
  const Capture first = capture_of(streams.front());
  for (const auto stream : streams.subspan(1)) {
    const Capture other = capture_of(stream);
    if (other == first) continue;
    throw Error(ErrorKind::usage,
                "streams of one call that are not captured together: let all be recorded by one "
                "capture, or none");
  }
  return first;
}

bool StreamOrder::must_wait(const Last& last, cudaStream_t stream) {
  // That of the calling thread has one name for all threads.
  return last.exists && (last.stream != stream || stream == cudaStreamPerThread);
}

void StreamOrder::begin(std::span<const cudaStream_t> streams, const Capture& capture) {
  const cudaStream_t first = streams.front();
  current_ = capture.active ? &captured_ : &eager_;
  if (current_->capture != capture) current_->exists = false;
  if (must_wait(*current_, first)) {
    check(cudaStreamWaitEvent(first, current_->end.get(), 0), "order two calls");
  }
  for (const auto stream : streams.subspan(1)) {
    if (stream == first) continue;
    check(cudaEventRecord(all_.get(), stream), "mark what a stream holds");
    check(cudaStreamWaitEvent(first, all_.get(), 0), "wait for a stream");
  }
  current_->capture = capture;
}

void StreamOrder::end(std::span<const cudaStream_t> streams) {
  const cudaStream_t first = streams.front();
  check(cudaEventRecord(current_->end.get(), first), "mark the end of a call");
  current_->stream = first;
  current_->exists = true;
  for (const auto stream : streams.subspan(1)) {
    if (stream == first) continue;
    check(cudaStreamWaitEvent(stream, current_->end.get(), 0), "let a stream wait for a call");
  }
}

void StreamOrder::wait() noexcept {
  if (eager_.exists) cudaEventSynchronize(eager_.end.get());
}

bool StreamOrder::has_ended() const noexcept {
  if (!eager_.exists || cudaEventQuery(eager_.end.get()) != cudaErrorNotReady) return true;
  cudaGetLastError();  // Where CUDA keeps that answer, too.
  return false;
}

}  // namespace septet
