// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#ifdef __x86_64__
#include <xmmintrin.h>
#endif

namespace septet {

/// While it lives, this thread rounds to nearest even and keeps subnormal numbers, whatever the
/// program around it has set for its own sums (PyTorch has a switch to flush them).
class DefaultFloats {
 public:
  DefaultFloats() noexcept {
    if (before_ != wanted_) set(wanted_);
  }
  DefaultFloats(const DefaultFloats&) = delete;
  DefaultFloats& operator=(const DefaultFloats&) = delete;
  ~DefaultFloats() {
    if (before_ != wanted_) set(before_);
  }

 private:
#ifdef __x86_64__
  static std::uint64_t get() noexcept { return _mm_getcsr(); }
  static void set(std::uint64_t control) noexcept { _mm_setcsr(static_cast<unsigned>(control)); }
  /// Every exception is masked; what has happened so far is no setting, and stays.
  static std::uint64_t wanted(std::uint64_t before) noexcept {
    return (before & _MM_EXCEPT_MASK) | _MM_MASK_MASK;
  }
#elif defined(__aarch64__)
  static std::uint64_t get() noexcept {
    std::uint64_t control = 0;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    return control;
  }
  static void set(std::uint64_t control) noexcept { asm volatile("msr fpcr, %0" ::"r"(control)); }
  static std::uint64_t wanted(std::uint64_t) noexcept { return 0; }
#else
  static std::uint64_t get() noexcept { return 0; }
  static void set(std::uint64_t) noexcept {}
  static std::uint64_t wanted(std::uint64_t before) noexcept { return before; }
#endif

  std::uint64_t before_ = get();
  std::uint64_t wanted_ = wanted(before_);
};

}  // namespace septet
