// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/patience.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace septet {

void pause_briefly() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void SpinBudget::moved() noexcept {
  if (spins_ > 0 && !slept_) limit_ = std::min(limit_ * 2, most_);
  spins_ = 0;
  slept_ = false;
}

bool SpinBudget::spin() noexcept {
  if (spins_ < limit_) {
    ++spins_;
    pause_briefly();
    return true;
  }
  if (!slept_) {
    slept_ = true;
    limit_ = std::max(limit_ / 2, least_);
    since_ = std::chrono::steady_clock::now();
  }
  return false;
}

}  // namespace septet
