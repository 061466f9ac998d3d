// SPDX-License-Identifier: Apache-2.0
// Every operation with every type and reduction on 1 to 8 ranks, against plain arithmetic on values
// that every type holds exactly.
#include "communicate/testing_threads.hpp"
#include <septet/communicator.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace septet {
namespace {

using Bytes = std::vector<std::byte>;
using Values = std::vector<double>;

struct FloatFormat {
  int exponent_bits;
  int fraction_bits;
};

/// The bits of `value`, which the format must hold exactly.
std::uint64_t encoded(double value, FloatFormat format) {
  if (value == 0) return 0;
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent) * 2 - 1;  // of 1.xxx
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const auto high = static_cast<std::uint64_t>(exponent - 1 + bias) << format.fraction_bits;
  const double scaled = std::ldexp(fraction, format.fraction_bits);
  const auto low = static_cast<std::uint64_t>(scaled);
  EXPECT_EQ(static_cast<double>(low), scaled) << value << " is not exact";
  const std::uint64_t sign = value < 0 ? 1 : 0;
  return sign << (format.exponent_bits + format.fraction_bits) | high | low;
}

std::uint64_t bits_of(double value, DataType type) {
  switch (type) {
    case DataType::float16:
      return encoded(value, {5, 10});
    case DataType::bfloat16:
      return encoded(value, {8, 7});
    case DataType::float8_e4m3:
      return encoded(value, {4, 3});
    case DataType::float8_e5m2:
      return encoded(value, {5, 2});
    case DataType::float32:
      return encoded(value, {8, 23});
    case DataType::float64:
      return encoded(value, {11, 52});
    case DataType::int8:
    case DataType::uint8:
    case DataType::int16:
    case DataType::uint16:
    case DataType::int32:
    case DataType::uint32:
    case DataType::int64:
    case DataType::uint64:
      break;
  }
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

/// Little-endian, as the machines are that this runs on.
Bytes bytes_of(const Values& values, DataType type) {
  Bytes bytes(values.size() * size_of(type));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t bits = bits_of(values[i], type);
    std::memcpy(bytes.data() + i * size_of(type), &bits, size_of(type));
  }
  return bytes;
}

/// 1 or 2, so that sums of 8 ranks and products of some stay exact in 8-bit floats.
double value(int rank, std::size_t i, Reduction reduction) {
  if (reduction == Reduction::avg) return 1 + static_cast<double>(i % 2);
  if (reduction == Reduction::prod) return static_cast<std::size_t>(rank) == i % 5 ? 2 : 1;
  return (static_cast<std::size_t>(rank) + i) % 4 == 0 ? 2 : 0;
}

double reduced(int ranks, std::size_t i, Reduction reduction) {
  double result = value(0, i, reduction);
  for (int r = 1; r < ranks; ++r) {
    const double next = value(r, i, reduction);
    switch (reduction) {
      case Reduction::sum:
      case Reduction::avg:
        result += next;
        break;
      case Reduction::prod:
        result *= next;
        break;
      case Reduction::max:
        result = std::max(result, next);
        break;
      case Reduction::min:
        result = std::min(result, next);
        break;
    }
  }
  return reduction == Reduction::avg ? result / ranks : result;
}

Values values_of(int rank, std::size_t first, std::size_t count, Reduction reduction) {
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = value(rank, first + i, reduction);
  return values;
}

Values reductions_of(int ranks, std::size_t first, std::size_t count, Reduction reduction) {
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = reduced(ranks, first + i, reduction);
  return values;
}

/// A buffer whose address is odd, or not.
class Buffer {
 public:
  Buffer(const Bytes& content, bool odd) : bytes_(content.size() + 65), odd_(odd) {
    if (!content.empty()) std::memcpy(data(), content.data(), content.size());
  }
  [[nodiscard]] std::byte* data() { return bytes_.data() + (odd_ ? 1 : 0); }
  [[nodiscard]] Bytes content(std::size_t bytes) { return {data(), data() + bytes}; }

 private:
  Bytes bytes_;
  bool odd_;
};

struct Case {
  DataType type;
  Reduction reduction;
  std::size_t count;
  bool in_place;
  int root;
};

std::string text_of(const Case& which, const Communicator& ranks) {
  return std::string(name_of(which.type)) + " " + std::string(name_of(which.reduction)) + " x" +
         std::to_string(which.count) + (which.in_place ? " in place" : "") + ", rank " +
         std::to_string(ranks.rank()) + " of " + std::to_string(ranks.size());
}

void try_all_reduce(Communicator& ranks, const Case& which) {
  const auto mine = bytes_of(values_of(ranks.rank(), 0, which.count, which.reduction), which.type);
  Buffer send(mine, true);
  Buffer recv(mine, false);
  ranks.all_reduce(which.in_place ? recv.data() : send.data(), recv.data(), which.count, which.type,
                   which.reduction);
  EXPECT_EQ(recv.content(mine.size()),
            bytes_of(reductions_of(ranks.size(), 0, which.count, which.reduction), which.type))
      << "all_reduce " << text_of(which, ranks);
}

void try_reduce(Communicator& ranks, const Case& which) {
  const auto mine = bytes_of(values_of(ranks.rank(), 0, which.count, which.reduction), which.type);
  Buffer send(mine, false);
  Buffer recv(mine, true);
  ranks.reduce(which.in_place ? recv.data() : send.data(), recv.data(), which.count, which.type,
               which.reduction, which.root);
  const auto all = reductions_of(ranks.size(), 0, which.count, which.reduction);
  const auto expected = ranks.rank() == which.root ? bytes_of(all, which.type) : mine;
  EXPECT_EQ(recv.content(mine.size()), expected) << "reduce " << text_of(which, ranks);
}

void try_reduce_scatter(Communicator& ranks, const Case& which) {
  const auto n = static_cast<std::size_t>(ranks.size());
  const auto r = static_cast<std::size_t>(ranks.rank());
  const auto all =
      bytes_of(values_of(ranks.rank(), 0, n * which.count, which.reduction), which.type);
  Buffer send(all, true);
  Buffer recv(Bytes(all.size() / n), true);
  auto* to = which.in_place ? send.data() + r * all.size() / n : recv.data();
  ranks.reduce_scatter(send.data(), to, which.count, which.type, which.reduction);
  EXPECT_EQ(Bytes(to, to + all.size() / n),
            bytes_of(reductions_of(ranks.size(), r * which.count, which.count, which.reduction),
                     which.type))
      << "reduce_scatter " << text_of(which, ranks);
}

void try_all_gather(Communicator& ranks, const Case& which) {
  const auto mine = bytes_of(values_of(ranks.rank(), 0, which.count, which.reduction), which.type);
  Bytes expected;
  for (int r = 0; r < ranks.size(); ++r) {
    const auto part = bytes_of(values_of(r, 0, which.count, which.reduction), which.type);
    expected.insert(expected.end(), part.begin(), part.end());
  }
  Buffer send(mine, true);
  Buffer recv(Bytes(expected.size()), true);
  auto* from = send.data();
  if (which.in_place) {
    from = recv.data() + static_cast<std::size_t>(ranks.rank()) * mine.size();
    if (!mine.empty()) std::memcpy(from, mine.data(), mine.size());
  }
  ranks.all_gather(from, recv.data(), which.count, which.type);
  EXPECT_EQ(recv.content(expected.size()), expected) << "all_gather " << text_of(which, ranks);
}

void try_broadcast(Communicator& ranks, const Case& which) {
  const auto mine = bytes_of(values_of(ranks.rank(), 0, which.count, which.reduction), which.type);
  Buffer send(mine, true);
  Buffer recv(mine, false);
  ranks.broadcast(which.in_place ? recv.data() : send.data(), recv.data(), which.count, which.type,
                  which.root);
  EXPECT_EQ(recv.content(mine.size()),
            bytes_of(values_of(which.root, 0, which.count, which.reduction), which.type))
      << "broadcast " << text_of(which, ranks);
}

void try_reductions(Communicator& ranks, const Case& which) {
  try_all_reduce(ranks, which);
  try_reduce(ranks, which);
  try_reduce_scatter(ranks, which);
}

/// The last two go through the ring whatever their type, one of them in place.
TEST(Collectives, EveryReductionOfEveryTypeComesOutRight) {
  for (int n = 1; n <= 8; ++n) {
    const auto outcomes = run_ranks(n, [&](Communicator& ranks) {
      for (const auto type : all_data_types()) {
        for (const auto reduction : all_reductions()) {
          for (const std::size_t count : {1, 17, 3000, 4500, 5001}) {
            const bool in_place = count == 17 || count == 5001;
            try_reductions(ranks, {type, reduction, count, in_place, static_cast<int>(count) % n});
          }
        }
      }
    });
    EXPECT_EQ(outcomes, all_well(n));
  }
}

TEST(Collectives, EveryMoveOfEveryTypeComesOutRight) {
  for (int n = 1; n <= 8; ++n) {
    const auto outcomes = run_ranks(n, [&](Communicator& ranks) {
      for (const auto type : all_data_types()) {
        for (const std::size_t count : {0, 1, 17, 3000}) {
          const Case which{type, Reduction::sum, count, count == 17, static_cast<int>(count) % n};
          try_all_gather(ranks, which);
          try_broadcast(ranks, which);
        }
      }
    });
    EXPECT_EQ(outcomes, all_well(n));
  }
}

TEST(Collectives, MessagesLargerThanTheSegmentGoRoundIt) {
  for (const int n : {2, 3}) {
    const auto outcomes = run_ranks(n, [&](Communicator& ranks) {
      constexpr std::size_t count = 2'500'001;
      const Case which{DataType::float32, Reduction::sum, count, false, n - 1};
      try_reductions(ranks, which);
      try_all_gather(ranks, which);
      try_broadcast(ranks, which);
    });
    EXPECT_EQ(outcomes, all_well(n));
  }
}

TEST(Collectives, AScaledSumTakesEachRanksOwnFactor) {
  const auto outcomes = run_ranks(3, [](Communicator& ranks) {
    const float factor = static_cast<float>(ranks.rank()) + 1;
    const std::vector<float> ones(1000, 1);
    std::vector<float> sums(1000);
    auto operation =
        all_reduce(ones.data(), sums.data(), sums.size(), DataType::float32, Reduction::sum);
    operation.scale = &factor;
    ranks.run(operation);
    EXPECT_EQ(sums, std::vector<float>(1000, 6));
  });
  EXPECT_EQ(outcomes, all_well(3));
}

TEST(Collectives, AFactorByValueIsThatOfTheCall) {
  for (const int n : {1, 2, 3}) {
    for (const std::size_t count : {10, 100'000}) {
      const auto outcomes = run_ranks(n, [count](Communicator& ranks) {
        std::vector<double> sums(count, 1);
        auto operation =
            all_reduce(sums.data(), sums.data(), count, DataType::float64, Reduction::sum);
        double factor = ranks.rank() + 1;
        operation.factor = factor_of(&factor, DataType::float64);
        factor = 1000;
        ranks.run(operation);
        EXPECT_EQ(sums, std::vector<double>(count, ranks.size() * (ranks.size() + 1) / 2));
      });
      EXPECT_EQ(outcomes, all_well(n));
    }
  }
}

TEST(Collectives, TwoFactorsAreRefused) {
  const auto outcomes = run_ranks(1, [](Communicator& ranks) {
    float value = 1;
    auto operation = all_reduce(&value, &value, 1, DataType::float32, Reduction::sum);
    operation.scale = &value;
    operation.factor = factor_of(&value, DataType::float32);
    ranks.run(operation);
  });
  EXPECT_NE(outcomes[0].find("give one of them"), std::string::npos) << outcomes[0];
}

TEST(Collectives, SumsHaveTheSameBitsOnEveryRankAndWhateverTheChunks) {
  // Large enough for two hops and many chunks; then element by element, in one hop.
  constexpr std::size_t count = 100'000;
  std::vector<std::vector<float>> results(4, std::vector<float>(count));
  const auto outcomes = run_ranks(4, [&](Communicator& ranks) {
    std::vector<float> mine(count);
    for (std::size_t i = 0; i < count; ++i) {
      mine[i] = std::sin(static_cast<float>(i) + 0.7F * static_cast<float>(ranks.rank())) * 1e3F;
    }
    auto& sums = results[static_cast<std::size_t>(ranks.rank())];
    ranks.all_reduce(mine.data(), sums.data(), count, DataType::float32);
    for (std::size_t i = 0; i < count; i += 997) {
      float one = 0;
      ranks.all_reduce(&mine[i], &one, 1, DataType::float32);
      EXPECT_EQ(std::memcmp(&one, &sums[i], sizeof one), 0);
    }
  });
  EXPECT_EQ(outcomes, all_well(4));
  for (const auto& each : results) {
    EXPECT_EQ(std::memcmp(each.data(), results[0].data(), count * sizeof(float)), 0);
  }
}

}  // namespace
}  // namespace septet
