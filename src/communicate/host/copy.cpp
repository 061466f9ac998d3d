// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/copy.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace septet {
namespace {

constexpr std::size_t line_bytes = 64;

#if defined(__SSE2__)

/// Whole lines, to the address of one.
void stream_lines(std::byte* to, const std::byte* from, std::size_t lines) noexcept {
  for (; lines > 0; --lines, to += line_bytes, from += line_bytes) {
    const auto* source = reinterpret_cast<const __m128i*>(from);
    const __m128i a = _mm_loadu_si128(source);
    const __m128i b = _mm_loadu_si128(source + 1);
    const __m128i c = _mm_loadu_si128(source + 2);
    const __m128i d = _mm_loadu_si128(source + 3);
    auto* target = reinterpret_cast<__m128i*>(to);
    _mm_stream_si128(target, a);
    _mm_stream_si128(target + 1, b);
    _mm_stream_si128(target + 2, c);
    _mm_stream_si128(target + 3, d);
  }
  // No release orders such stores: Intel 64 Software Developer's Manual, 3A, 9.2.2.
  _mm_sfence();
}

#else

void stream_lines(std::byte* to, const std::byte* from, std::size_t lines) noexcept {
  std::memcpy(to, from, lines * line_bytes);
}

#endif

}  // namespace

void copy_past_cache(std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  if (bytes == 0) return;
  const std::size_t past = reinterpret_cast<std::uintptr_t>(to) % line_bytes;
  const std::size_t head = std::min(bytes, (line_bytes - past) % line_bytes);
  const std::size_t lines = (bytes - head) / line_bytes;
  std::memcpy(to, from, head);
  stream_lines(to + head, from + head, lines);
  const std::size_t done = head + lines * line_bytes;
  std::memcpy(to + done, from + done, bytes - done);
}

}  // namespace septet
