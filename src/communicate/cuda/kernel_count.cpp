// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/kernel_count.hpp"

#include "communicate/host/shared_words.hpp"

#include <chrono>
#include <thread>

namespace septet {
namespace {

using namespace std::chrono_literals;

/// A copy of four bytes takes some ten microseconds.
constexpr auto patience = 5ms;

}  // namespace

std::optional<std::uint32_t> KernelCount::ask() noexcept {
  const RelaxedCapture relaxed;
  if (!is_asked_) {
    const auto code = cudaMemcpyAsync(answer_, on_device_, sizeof *answer_, cudaMemcpyDeviceToHost,
                                      stream_.get());
    is_asked_ = code == cudaSuccess;
  }
  const bool came = is_asked_ && has_come();
  cudaGetLastError();  // Nobody else is to find it.
  if (!came) return {};
  is_asked_ = false;
  return peek(*answer_);
}

bool KernelCount::has_come() const noexcept {
  const auto end = std::chrono::steady_clock::now() + patience;
  auto code = cudaErrorNotReady;
  while ((code = cudaStreamQuery(stream_.get())) == cudaErrorNotReady) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return code == cudaSuccess;
}

}  // namespace septet
