// SPDX-License-Identifier: Apache-2.0
// Reductions of pieces in the cache, as the staging ring has them: GB/s of output, and of reading.
#include "communicate/host/instructions.hpp"
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

void reduce_pieces(benchmark::State& state, DataType type, Reduction reduction,
                   Instructions instructions) {
  const auto ranks = static_cast<int>(state.range(0));
  const auto pieces = pieces_of(ranks);
  std::vector<Line> to(piece_bytes / sizeof(Line));
  const Pieces from{pieces.front().bytes.data(), piece_bytes, ranks};
  const std::size_t count = piece_bytes / size_of(type);
  for (auto _ : state) {
    reduce({to.front().bytes.data()}, from, count, type, reduction, instructions);
    benchmark::ClobberMemory();
  }
  tell_rates(state, ranks);
}

void scale_piece(benchmark::State& state, DataType type) {
  const auto from = pieces_of(1);
  std::vector<Line> to(from.size());
  const std::byte* first = from.front().bytes.data();
  for (auto _ : state) {
    scale(to.front().bytes.data(), first, piece_bytes / size_of(type), type, first);
    benchmark::ClobberMemory();
  }
  tell_rates(state, 1);
}

void register_reduction(DataType type, Reduction reduction, Instructions instructions) {
  std::string name(name_of(reduction));
  name.append("/").append(name_of(type)).append("/").append(name_of(instructions));
  benchmark::RegisterBenchmark(name.c_str(), reduce_pieces, type, reduction, instructions)
      ->ArgName("ranks")
      ->Arg(2)
      ->Arg(4)
      ->Arg(7);
}

/// Sums with all instructions, the rest with the fastest ones.
void register_type(DataType type) {
  for (const auto instructions : {Instructions::any, Instructions::avx2, Instructions::avx512}) {
    if (is_supported(instructions)) register_reduction(type, Reduction::sum, instructions);
  }
  for (const auto reduction : all_reductions().subspan(1)) {
    register_reduction(type, reduction, fastest_instructions());
  }
  const auto name = "scale/" + std::string(name_of(type));
  benchmark::RegisterBenchmark(name.c_str(), scale_piece, type);
}

/// While the program starts, since the cases follow from the types and the processor.
const bool registered = [] {
  for (const auto type : all_data_types()) register_type(type);
  return true;
}();

}  // namespace
}  // namespace septet
