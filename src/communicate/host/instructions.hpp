// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace septet {

/// Sets of instructions that the loops over elements are compiled for: what every processor of this
/// kind has, and what newer ones of x86-64 have. All of them give the same bits.
enum class Instructions : std::uint8_t { any, avx2, avx512 };

[[nodiscard]] std::string_view name_of(Instructions instructions) noexcept;

/// Whether this processor, under this operating system, has them.
[[nodiscard]] bool is_supported(Instructions instructions) noexcept;

/// The best of those that are supported.
[[nodiscard]] Instructions fastest_instructions() noexcept;

// Each of these runs a loop as compiled for its instructions: all that `loop` calls is inlined, and
// so compiled for them too. They are classes of their own since an attribute cannot depend on a
// template argument.

struct Any {
  template <typename Loop>
  [[gnu::flatten]] static void run(Loop loop) noexcept {
    loop();
  }
};

#ifdef __x86_64__
struct Avx2 {
  template <typename Loop>
  [[gnu::flatten, gnu::target("avx2,f16c")]] static void run(Loop loop) noexcept {
    loop();
  }
};

struct Avx512 {
  template <typename Loop>
  [[gnu::flatten, gnu::target("avx512f,avx512bw,avx512dq,avx512vl,f16c")]] static void run(
      Loop loop) noexcept {
    loop();
  }
};
#endif

/// Calls callable(Any{}), or with the class of `instructions`, which must be supported.
template <typename Callable>
void with_instructions([[maybe_unused]] Instructions instructions, Callable&& callable) {
#ifdef __x86_64__
  if (instructions == Instructions::avx512) return callable(Avx512{});
  if (instructions == Instructions::avx2) return callable(Avx2{});
#endif
  return callable(Any{});
}

}  // namespace septet
