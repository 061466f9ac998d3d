// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>

namespace septet {

/// Element i of those that begin at `from`, which may be any address.
template <typename Element>
[[nodiscard]] Element load(const std::byte* from, std::size_t i) noexcept {
  Element element;
  std::memcpy(&element, from + i * sizeof(Element), sizeof(Element));
  return element;
}

template <typename Element>
void store(std::byte* to, std::size_t i, Element element) noexcept {
  std::memcpy(to + i * sizeof(Element), &element, sizeof(Element));
}

}  // namespace septet
