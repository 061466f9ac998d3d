// SPDX-License-Identifier: Apache-2.0
// Reductions of pieces in the cache, as the staging ring has them: GB/s of output, and of reading.
#include "communicate/host/reduce.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace septet {
namespace {

constexpr std::size_t piece_bytes = std::size_t{64} << 10;

struct alignas(64) Line {
  std::array<std::byte, 64> bytes;
};

/// Small numbers of every type: no infinities, NaN or subnormal numbers.
std::vector<Line> pieces_of(int count) {
  constexpr std::array<std::uint8_t, 4> bytes{0x3c, 0x38, 0x40, 0x3a};
  std::vector<Line> lines(static_cast<std::size_t>(count) * piece_bytes / sizeof(Line));
  std::size_t i = 0;
  for (auto& line : lines) {
    for (auto& byte : line.bytes) byte = std::byte{bytes[i++ * 7 % 11 % 4]};
  }
  return lines;
}

void tell_rates(benchmark::State& state, int ranks) {
  const auto bytes = static_cast<double>(state.iterations()) * piece_bytes;
  state.counters["output"] = {bytes, benchmark::Counter::kIsRate};
  state.counters["reading"] = {bytes * ranks, benchmark::Counter::kIsRate};
}

void reduce_pieces(benchmark::State& state, DataType type, Reduction reduction) {
  const auto ranks = static_cast<int>(state.range(0));
  const auto pieces = pieces_of(ranks);
  std::vector<Line> to(piece_bytes / sizeof(Line));
  const Sources from{pieces.front().bytes.data(), piece_bytes, ranks};
  for (auto _ : state) {
    reduce(to.front().bytes.data(), from, piece_bytes / size_of(type), type, reduction);
    benchmark::ClobberMemory();
  }
  tell_rates(state, ranks);
}

void scale_piece(benchmark::State& state, DataType type) {
  const auto from = pieces_of(1);
  std::vector<Line> to(from.size());
  for (auto _ : state) {
    scale(to.front().bytes.data(), from.front().bytes.data(), piece_bytes / size_of(type), type,
          from.front().bytes.data());
    benchmark::ClobberMemory();
  }
  tell_rates(state, 1);
}

/// Registered while the program starts, since the cases follow from the types.
const bool registered = [] {
  for (const auto type : all_data_types()) {
    for (const auto reduction : all_reductions()) {
      const auto name = std::string(name_of(reduction)) + '/' + std::string(name_of(type));
      benchmark::RegisterBenchmark(name.c_str(), reduce_pieces, type, reduction)
          ->ArgName("ranks")
          ->Arg(2)
          ->Arg(4)
          ->Arg(7);
    }
    const auto name = "scale/" + std::string(name_of(type));
    benchmark::RegisterBenchmark(name.c_str(), scale_piece, type);
  }
  return true;
}();

}  // namespace
}  // namespace septet
