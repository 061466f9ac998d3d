// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/both.hpp"
#include "communicate/steps/mail.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/steps/word.hpp"

#include <cstddef>
#include <cstdint>

namespace septet {

/// The buffers of one rank of a collective, in words. Each part begins with a word of its own.
class BufferWords {
 public:
  SEPTET_BOTH explicit BufferWords(const ExchangePlan& plan)
      : plan_(plan), of_part_(words_of(plan)), bytes_(plan.operation.count * plan.element_bytes) {}

  [[nodiscard]] SEPTET_BOTH std::size_t of_part() const { return of_part_; }

  /// Word `index` of all that this rank sends, part after part, times the factor.
  [[nodiscard]] SEPTET_BOTH std::uint64_t sent(std::size_t index) const {
    const std::size_t part = plan_.parts == 1 ? 0 : index / of_part_;
    const auto* from = static_cast<const std::byte*>(plan_.operation.send) + part * bytes_;
    const std::uint64_t word = load_word(from, index - part * of_part_, bytes_);
    const void* factor = factor_at(plan_.operation);
    return factor == nullptr ? word : scaled_word(word, plan_.operation.type, factor);
  }

  /// Where part `part` of the outcome goes.
  [[nodiscard]] SEPTET_BOTH std::byte* place_of(std::size_t part) const {
    return static_cast<std::byte*>(plan_.operation.recv) + part * bytes_;
  }

  /// Word `index` of part `part` of the outcome.
  SEPTET_BOTH void put(std::size_t part, std::size_t index, std::uint64_t word) const {
    store_word(place_of(part), index, bytes_, word);
  }

 private:
  const ExchangePlan& plan_;
  std::size_t of_part_;
  std::size_t bytes_;
};

}  // namespace septet
