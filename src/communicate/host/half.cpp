// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/half.hpp"

#include "communicate/element.hpp"
#include "communicate/host/memory.hpp"

#ifdef __x86_64__
#include <immintrin.h>

namespace septet {

[[gnu::target("avx,f16c")]] void widen_halves(float* to, const std::byte* from,
                                              std::size_t count) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const auto* halves = reinterpret_cast<const __m128i_u*>(from + i * sizeof(Float16));
    _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128(halves)));
  }
  for (; i < count; ++i) to[i] = load<Float16>(from, i).widened();
}

[[gnu::target("avx,f16c")]] void round_to_halves(std::byte* to, const float* from,
                                                 std::size_t count) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 floats = _mm256_loadu_ps(from + i);
    auto* halves = reinterpret_cast<__m128i_u*>(to + i * sizeof(Float16));
    _mm_storeu_si128(halves, _mm256_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT));
  }
  for (; i < count; ++i) store(to, i, Float16::rounded(from[i]));
}

}  // namespace septet
#endif
