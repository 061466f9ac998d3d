// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/last_error.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>

namespace septet::abi {
namespace {

// Source of the length: ncclLastError of NCCL 2.30.7.
using Text = std::array<char, 1024>;

// A reader has no lock and keeps its pointer for as long as it likes, so that a text is not
// written over at once: writers go round.
struct Texts {
  std::array<Text, 16> places{};
  std::atomic<unsigned> writers = 0;
  std::atomic<const char*> last = "";
};

Texts& texts() noexcept {
  static Texts texts;
  return texts;
}

}  // namespace

void set_last_error(std::string_view text) noexcept {
  auto& all = texts();
  auto& place = all.places[++all.writers % all.places.size()];
  const auto kept = text.substr(0, place.size() - 1);
  *std::copy(kept.begin(), kept.end(), place.begin()) = '\0';
  all.last.store(place.data(), std::memory_order_release);
}

const char* last_error() noexcept { return texts().last.load(std::memory_order_acquire); }

}  // namespace septet::abi
