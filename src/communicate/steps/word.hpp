// SPDX-License-Identifier: Apache-2.0
// Eight bytes of a buffer, and the elements in them.
#pragma once

#include "communicate/both.hpp"
#include "communicate/element.hpp"
#include "communicate/element_type.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

inline constexpr std::size_t word_bytes = 8;

/// Of how many ranks words are asked for at once: their ways overlap.
inline constexpr int ranks_at_once = 8;

/// Word `index` of the `bytes` at `from`, which may have any address. What lies beyond is zero.
[[nodiscard]] SEPTET_BOTH inline std::uint64_t load_word(const std::byte* from, std::size_t index,
                                                         std::size_t bytes) {
  from += index * word_bytes;
  const std::size_t left = bytes - index * word_bytes;
  if (left >= word_bytes && reinterpret_cast<std::uintptr_t>(from) % word_bytes == 0) {
    std::uint64_t word = 0;
    __builtin_memcpy(&word, __builtin_assume_aligned(from, word_bytes), word_bytes);
    return word;
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < word_bytes && i < left; ++i) {
    word |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  }
  return word;
}

/// The reverse. Bytes beyond `bytes` are not touched.
SEPTET_BOTH inline void store_word(std::byte* to, std::size_t index, std::size_t bytes,
                                   std::uint64_t word) {
  to += index * word_bytes;
  const std::size_t left = bytes - index * word_bytes;
  if (left >= word_bytes && reinterpret_cast<std::uintptr_t>(to) % word_bytes == 0) {
    __builtin_memcpy(__builtin_assume_aligned(to, word_bytes), &word, word_bytes);
    return;
  }
  for (std::size_t i = 0; i < word_bytes && i < left; ++i) {
    to[i] = static_cast<std::byte>(word >> (8 * i));
  }
}

/// The elements of a word, which begins with the first: machines are little-endian.
template <typename Element>
struct Elements {
  static constexpr int count = static_cast<int>(word_bytes / sizeof(Element));
  Element element[word_bytes / sizeof(Element)];
};

template <typename Element>
[[nodiscard]] SEPTET_BOTH Elements<Element> elements_of(std::uint64_t word) {
  return __builtin_bit_cast(Elements<Element>, word);
}

template <typename Element>
[[nodiscard]] SEPTET_BOTH std::uint64_t word_of(const Elements<Element>& elements) {
  return __builtin_bit_cast(std::uint64_t, elements);
}

/// Every element times the one at `factor`.
[[nodiscard]] SEPTET_BOTH inline std::uint64_t scaled_word(std::uint64_t word, DataType type,
                                                           const void* factor) {
  std::uint64_t result = 0;
  with_type(type, [&](auto constant) {
    using Element = typename decltype(constant)::type;
    auto elements = elements_of<Element>(word);
    for (auto& each : elements.element) {
      each = scaled(each, *static_cast<const Element*>(factor));
    }
    result = word_of(elements);
  });
  return result;
}

/// The accumulators of the elements of a word.
template <Reduction reduction, typename Element>
struct Fold {
  Accumulator<Element> accumulated[word_bytes / sizeof(Element)];

  SEPTET_BOTH void begin(std::uint64_t word) {
    const auto elements = elements_of<Element>(word);
    for (int i = 0; i < elements.count; ++i) accumulated[i] = widened(elements.element[i]);
  }
  SEPTET_BOTH void add(std::uint64_t word) {
    const auto elements = elements_of<Element>(word);
    for (int i = 0; i < elements.count; ++i) {
      accumulated[i] = combine<reduction>(accumulated[i], widened(elements.element[i]));
    }
  }
  [[nodiscard]] SEPTET_BOTH std::uint64_t end(int ranks) const {
    Elements<Element> elements;  // NOLINT(cppcoreguidelines-pro-type-member-init): all are written.
    for (int i = 0; i < elements.count; ++i) {
      elements.element[i] = finish<reduction, Element>(accumulated[i], ranks);
    }
    return word_of(elements);
  }
};

/// The reduction, in their order, of one word of each of `ranks` ranks.
[[nodiscard]] SEPTET_BOTH SEPTET_OUT_OF_LINE inline std::uint64_t reduced_word(
    const std::uint64_t* words, int ranks, DataType type, Reduction reduction) {
  std::uint64_t result = 0;
  with_type_and_reduction(type, reduction, [&](auto constant, auto operation) {
    using Element = typename decltype(constant)::type;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): begin() writes all of it.
    Fold<decltype(operation)::value, Element> fold;
    fold.begin(words[0]);
    SEPTET_ROLLED
    for (int rank = 1; rank < ranks; ++rank) fold.add(words[rank]);
    result = fold.end(ranks);
  });
  return result;
}

}  // namespace septet
