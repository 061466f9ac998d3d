// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifdef __x86_64__
#include <xmmintrin.h>
#endif

namespace septet {

/// While it lives, this thread rounds to nearest even and keeps subnormal numbers, whatever the
/// program around it has set for its own sums (PyTorch has a switch to flush them).
class DefaultFloats {
#ifdef __x86_64__
 public:
  DefaultFloats() noexcept {
    if (before_ != wanted()) _mm_setcsr(wanted());
  }
  DefaultFloats(const DefaultFloats&) = delete;
  DefaultFloats& operator=(const DefaultFloats&) = delete;
  ~DefaultFloats() {
    if (before_ != wanted()) _mm_setcsr(before_);
  }

 private:
  /// All but the flags of what has happened, which are no settings: every exception masked.
  [[nodiscard]] unsigned wanted() const noexcept {
    return (before_ & _MM_EXCEPT_MASK) | _MM_MASK_MASK;
  }

  unsigned before_ = _mm_getcsr();
#endif
};

}  // namespace septet
