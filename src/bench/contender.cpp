// SPDX-License-Identifier: Apache-2.0
#include "bench/contender.hpp"

#include "base/units.hpp"
#include "bench/agreement.hpp"

#include <algorithm>
#include <chrono>

namespace septet::bench {
namespace {

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

class BufferedContender : public Contender {
 public:
  BufferedContender(Library& library, Memory& memory, Communicator& ranks)
      : library_(library), memory_(memory), ranks_(ranks), seat_{ranks.rank(), ranks.size()} {}

  [[nodiscard]] std::string name() const override { return library_.name(); }
  [[nodiscard]] std::optional<std::string> begin(const Case& each, Form form) override;
  [[nodiscard]] std::optional<std::uint64_t> wrong(Check check) override;
  [[nodiscard]] double back_to_back(int calls) override;
  [[nodiscard]] std::vector<double> alone(int calls) override;

 private:
  void make_buffers(Form form);
  void write_input();
  void poison(void* to, std::size_t bytes);
  [[nodiscard]] std::size_t count_own_wrong(Check check);

  Library& library_;
  Memory& memory_;
  Communicator& ranks_;
  Seat seat_;
  Case case_;
  Memory::Block first_;
  Memory::Block second_;  ///< The received data, out of place.
  Buffers buffers_;
  std::vector<Operation> operations_;
};

void BufferedContender::make_buffers(Form form) {
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

/// No right result: an element that was not written shows.
void BufferedContender::poison(void* to, std::size_t bytes) {
  const std::vector<std::byte> junk(std::min<std::size_t>(bytes, mebibyte), std::byte{0xa5});
  for (std::size_t at = 0; at < bytes; at += junk.size()) {
    const auto some = std::span(junk).first(std::min(junk.size(), bytes - at));
    memory_.write(static_cast<std::byte*>(to) + at, some);
  }
}

void BufferedContender::write_input() {
  const std::size_t width = size_of(case_.type);
  const std::size_t count = sent_elements(case_, seat_);
  const std::size_t most = mebibyte / width;
  std::vector<std::byte> piece;
  for (std::size_t first = 0; first < count; first += most) {
    piece.resize(std::min(most, count - first) * width);
    fill(piece, case_, seat_.rank, first);
    memory_.write(static_cast<std::byte*>(buffers_.send) + first * width, piece);
  }
}

std::optional<std::string> BufferedContender::begin(const Case& each, Form form) {
  case_ = each;
  auto objection = refusal_of(ranks_, [&] { make_buffers(form); });
  if (objection) return objection;
  poison(buffers_.recv, received_elements(case_, seat_) * size_of(case_.type));
  write_input();
  operations_ = operations_of(case_, seat_, buffers_);
  return refusal_of(ranks_, [&] {
    library_.run(operations_);
    memory_.wait();
  });
}

std::size_t BufferedContender::count_own_wrong(Check check) {
  const std::size_t width = size_of(case_.type);
  std::size_t wrong = 0;
  std::vector<std::byte> received;
  for (const auto& piece : pieces_to_check(check, received_elements(case_, seat_), case_.type)) {
    received.resize(piece.count * width);
    memory_.read(received, static_cast<const std::byte*>(buffers_.recv) + piece.first * width);
    wrong += count_wrong(received, case_, seat_, piece.first);
  }
  return wrong;
}

std::optional<std::uint64_t> BufferedContender::wrong(Check check) {
  const bool judged = operations_.empty() || library_.is_exact(operations_.front(), seat_.ranks);
  const auto anybody = any_objection(
      ranks_, judged ? std::nullopt : std::optional<std::string>("adds in an order of its own"));
  if (check == Check::none || anybody) return {};
  const std::uint64_t own = count_own_wrong(check);
  std::uint64_t all = 0;
  ranks_.all_reduce(&own, &all, 1, DataType::uint64, Reduction::sum);
  return all;
}

double BufferedContender::back_to_back(int calls) {
  ranks_.barrier();
  const auto start = Clock::now();
  for (int call = 0; call < calls; ++call) library_.run(operations_);
  memory_.wait();
  return microseconds_since(start) / calls;
}

std::vector<double> BufferedContender::alone(int calls) {
  std::vector<double> samples;
  for (int call = 0; call < calls; ++call) {
    ranks_.barrier();
    const auto start = Clock::now();
    library_.run(operations_);
    memory_.wait();
    samples.push_back(microseconds_since(start));
  }
  return samples;
}

}  // namespace

std::unique_ptr<Contender> contender(Library& library, Memory& memory, Communicator& ranks) {
  return std::make_unique<BufferedContender>(library, memory, ranks);
}

}  // namespace septet::bench
