// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/reduce.hpp"

#include "communicate/element.hpp"
#include "communicate/element_type.hpp"

#include <algorithm>
#include <cstring>

namespace septet {
namespace {

/// Elements whose accumulators stay in the first-level cache while all ranks are added.
constexpr std::size_t block = 1024;

template <typename Element>
Element load(const std::byte* from, std::size_t i) noexcept {
  Element element;
  std::memcpy(&element, from + i * sizeof(Element), sizeof(Element));
  return element;
}

template <typename Element>
void store(std::byte* to, std::size_t i, Element element) noexcept {
  std::memcpy(to + i * sizeof(Element), &element, sizeof(Element));
}

template <Reduction reduction, typename Element>
void reduce_block(std::byte* to, const Sources& from, std::size_t count) noexcept {
  alignas(64) Accumulator<Element> accumulators[block];
  for (std::size_t i = 0; i < count; ++i) {
    accumulators[i] = widened(load<Element>(from.first, i));
  }
  for (int rank = 1; rank < from.ranks; ++rank) {
    const std::byte* piece = from.first + static_cast<std::size_t>(rank) * from.stride_bytes;
    for (std::size_t i = 0; i < count; ++i) {
      accumulators[i] = combine<reduction>(accumulators[i], widened(load<Element>(piece, i)));
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    store(to, i, finish<reduction, Element>(accumulators[i], from.ranks));
  }
}

template <Reduction reduction, typename Element>
void reduce_piece(std::byte* to, Sources from, std::size_t count) noexcept {
  while (count > 0) {
    const std::size_t now = std::min(count, block);
    reduce_block<reduction, Element>(to, from, now);
    count -= now;
    to += now * sizeof(Element);
    from.first += now * sizeof(Element);
  }
}

template <typename Element>
void scale_piece(std::byte* to, const std::byte* from, std::size_t count, Element factor) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    store(to, i, scaled(load<Element>(from, i), factor));
  }
}

}  // namespace

void reduce(std::byte* to, const Sources& from, std::size_t count, DataType type,
            Reduction reduction) noexcept {
  with_type_and_reduction(type, reduction, [&](auto element, auto constant) {
    using Element = typename decltype(element)::type;
    reduce_piece<decltype(constant)::value, Element>(to, from, count);
  });
}

void scale(std::byte* to, const std::byte* from, std::size_t count, DataType type,
           const void* factor) noexcept {
  with_type(type, [&](auto element) {
    using Element = typename decltype(element)::type;
    scale_piece(to, from, count, load<Element>(static_cast<const std::byte*>(factor), 0));
  });
}

}  // namespace septet
