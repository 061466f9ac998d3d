// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/copy.hpp"

#include "communicate/host/instructions.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace septet {
namespace {

constexpr std::size_t line_bytes = 64;

#ifdef __x86_64__

void stream_lines_by_quarters(std::byte* to, const std::byte* from, std::size_t lines,
                              const std::byte* ahead) noexcept {
  for (; lines > 0; --lines, to += line_bytes, from += line_bytes, ahead += line_bytes) {
    __builtin_prefetch(ahead);
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
}

[[gnu::target("avx512f")]] void stream_lines_at_once(std::byte* to, const std::byte* from,
                                                     std::size_t lines,
                                                     const std::byte* ahead) noexcept {
  for (; lines > 0; --lines, to += line_bytes, from += line_bytes, ahead += line_bytes) {
    __builtin_prefetch(ahead);
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
  }
}

/// Whole lines, to the address of one.
void stream_lines(std::byte* to, const std::byte* from, std::size_t lines, const std::byte* ahead,
                  Instructions instructions) noexcept {
  if (instructions == Instructions::avx512) return stream_lines_at_once(to, from, lines, ahead);
  stream_lines_by_quarters(to, from, lines, ahead);
}

#else

void stream_lines(std::byte* to, const std::byte* from, std::size_t lines,
                  const std::byte* /*ahead*/, Instructions /*instructions*/) noexcept {
  std::memcpy(to, from, lines * line_bytes);
}

#endif

}  // namespace

void stream(std::byte* to, const std::byte* from, std::size_t bytes, const std::byte* ahead,
            Instructions instructions) noexcept {
  if (bytes == 0) return;
  const std::size_t past = reinterpret_cast<std::uintptr_t>(to) % line_bytes;
  const std::size_t head = std::min(bytes, (line_bytes - past) % line_bytes);
  const std::size_t lines = (bytes - head) / line_bytes;
  std::memcpy(to, from, head);
  stream_lines(to + head, from + head, lines, ahead, instructions);
  const std::size_t done = head + lines * line_bytes;
  std::memcpy(to + done, from + done, bytes - done);
}

void stream(std::byte* to, const std::byte* from, std::size_t bytes,
            const std::byte* ahead) noexcept {
  stream(to, from, bytes, ahead, fastest_instructions());
}

void end_streams() noexcept {
#ifdef __x86_64__
  // No release orders such stores: Intel 64 Software Developer's Manual, 3A, 9.2.2.
  _mm_sfence();
#endif
}

void copy_past_cache(std::byte* to, const std::byte* from, std::size_t bytes,
                     const std::byte* ahead) noexcept {
  stream(to, from, bytes, ahead);
  end_streams();
}

}  // namespace septet
