// SPDX-License-Identifier: Apache-2.0
#include "bench/case_buffers.hpp"

#include "base/units.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace septet::bench {

void CaseBuffers::make(const Case& each, Form form) {
  case_ = each;
  const std::size_t width = size_of(case_.type);
  first_.reset();
  second_.reset();
  if (form == Form::in_place) {
    first_ = memory_.allocate(std::max<std::size_t>(1, bytes_of(case_, seat_.ranks)));
    buffers_ = in_place(case_, seat_, first_.get());
  } else {
    // Ranks whose buffer is ignored have one element, so that no library minds a null pointer.
    first_ = memory_.allocate(std::max<std::size_t>(1, sent_elements(case_, seat_)) * width);
    second_ = memory_.allocate(std::max<std::size_t>(1, received_elements(case_, seat_)) * width);
    buffers_ = {.send = first_.get(), .recv = second_.get()};
  }
}

void CaseBuffers::fill() {
  poison();
  write_input();
}

/// An element that was not written shows.
void CaseBuffers::poison() {
  const std::size_t bytes = received_elements(case_, seat_) * size_of(case_.type);
  const std::vector<std::byte> junk(std::min<std::size_t>(bytes, mebibyte), std::byte{0xa5});
  for (std::size_t at = 0; at < bytes; at += junk.size()) {
    const auto some = std::span(junk).first(std::min(junk.size(), bytes - at));
    memory_.write(static_cast<std::byte*>(buffers_.recv) + at, some);
  }
}

void CaseBuffers::write_input() {
  const std::size_t width = size_of(case_.type);
  const std::size_t count = sent_elements(case_, seat_);
  const std::size_t most = mebibyte / width;
  std::vector<std::byte> piece;
  for (std::size_t first = 0; first < count; first += most) {
    piece.resize(std::min(most, count - first) * width);
    bench::fill(piece, case_, seat_.rank, first);
    memory_.write(static_cast<std::byte*>(buffers_.send) + first * width, piece);
  }
}

std::size_t CaseBuffers::count_wrong(Check check) {
  const std::size_t width = size_of(case_.type);
  std::size_t wrong = 0;
  std::vector<std::byte> received;
  for (const auto& piece : pieces_to_check(check, received_elements(case_, seat_), case_.type)) {
    received.resize(piece.count * width);
    memory_.read(received, static_cast<const std::byte*>(buffers_.recv) + piece.first * width);
    wrong += bench::count_wrong(received, case_, seat_, piece.first);
  }
  return wrong;
}

std::uint64_t count_all_wrong(CaseBuffers& own, Check check, Communicator& ranks) {
  const std::uint64_t mine = own.count_wrong(check);
  std::uint64_t all = 0;
  ranks.all_reduce(&mine, &all, 1, DataType::uint64, Reduction::sum);
  return all;
}

}  // namespace septet::bench
