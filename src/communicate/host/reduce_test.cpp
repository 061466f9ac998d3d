// SPDX-License-Identifier: Apache-2.0
// The fast loops give bit for bit what the arithmetic of one element gives.
#include "communicate/host/reduce.hpp"

#include "communicate/element.hpp"
#include "communicate/element_type.hpp"
#include "communicate/host/instructions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#ifdef __x86_64__
#include <xmmintrin.h>
#endif

namespace septet {
namespace {

constexpr std::array<std::size_t, 8> counts{0, 1, 3, 15, 17, 1000, 4097, 9001};
constexpr std::array<std::size_t, 3> shifts{0, 1, 12};
constexpr std::size_t most = counts.back();
constexpr int most_ranks = 8;

/// Any bits at all, and among them numbers near 1 and the special ones.
template <typename Element>
Element draw(std::mt19937_64& random) {
  const std::uint64_t bits = random();
  if constexpr (!std::is_integral_v<Element>) {
    using Float = Accumulator<Element>;
    using Limits = std::numeric_limits<Float>;
    constexpr std::array<Float, 10> special{0,
                                            1,
                                            2,
                                            Limits::infinity(),
                                            Limits::quiet_NaN(),
                                            Limits::signaling_NaN(),
                                            Limits::denorm_min(),
                                            Limits::min(),
                                            Limits::max(),
                                            Float{3} / 7};
    const Float sign = bits % 2 == 0 ? 1 : -1;
    const std::uint64_t kind = bits / 2 % 4;
    if (kind == 0) return narrowed<Element>(sign * special[bits / 8 % special.size()]);
    if (kind < 3) return narrowed<Element>(sign * static_cast<Float>(bits / 8 % 4096) / 1024);
  }
  Element element;
  std::memcpy(&element, &bits, sizeof element);
  return element;
}

/// Room that begins at a line of the cache, as segments do.
class Lines {
 public:
  explicit Lines(std::size_t bytes) : lines_(bytes / sizeof(Line) + 1) {}

  template <typename Element = std::byte>
  [[nodiscard]] Element* as() {
    return reinterpret_cast<Element*>(lines_.data());
  }

 private:
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes;
  };
  std::vector<Line> lines_;
};

/// The same piece of every rank.
template <typename Element>
class RandomPieces {
 public:
  RandomPieces() : memory_(most_ranks * stride_bytes) {
    std::mt19937_64 random(42);
    for (int rank = 0; rank < most_ranks; ++rank) {
      std::generate_n(of(rank), most, [&] { return draw<Element>(random); });
    }
  }

  [[nodiscard]] Element* of(int rank) {
    return memory_.as<Element>() + static_cast<std::size_t>(rank) * stride_bytes / sizeof(Element);
  }
  [[nodiscard]] Pieces of_first(int ranks) { return {memory_.as<>(), stride_bytes, ranks}; }
  [[nodiscard]] Places places_of_first(int ranks) {
    return {.first = memory_.as<>(), .stride_bytes = stride_bytes, .ranks = ranks};
  }

 private:
  static constexpr std::size_t stride_bytes = (most * sizeof(Element) + 63) / 64 * 64;
  Lines memory_;
};

/// `bytes` at an address that is `shift` off, between bytes that nobody may touch.
class Target {
 public:
  Target(std::size_t bytes, std::size_t shift)
      : memory_(bytes + 192), inside_(memory_.as<>() + 64 + shift), bytes_(bytes) {
    std::fill_n(memory_.as<>(), bytes + 192, untouched);
  }

  [[nodiscard]] std::byte* data() const { return inside_; }

  template <typename Element>
  void expect(const std::vector<Element>& wanted) {
    const bool is_same = bytes_ == 0 || std::memcmp(inside_, wanted.data(), bytes_) == 0;
    for (std::size_t i = 0; i < wanted.size() && !is_same; ++i) {
      Element element;
      std::memcpy(&element, inside_ + i * sizeof element, sizeof element);
      ASSERT_EQ(std::memcmp(&element, &wanted[i], sizeof element), 0)
          << "element " << i << " of " << wanted.size() << ": " << widened(element) << " for "
          << widened(wanted[i]);
    }
    const auto is_untouched = [](std::byte byte) { return byte == untouched; };
    EXPECT_TRUE(std::all_of(memory_.as<>(), inside_, is_untouched));
    EXPECT_TRUE(std::all_of(inside_ + bytes_, memory_.as<>() + bytes_ + 192, is_untouched));
  }

 private:
  static constexpr std::byte untouched{0xa5};
  Lines memory_;
  std::byte* inside_;
  std::size_t bytes_;
};

/// Of each type, with each set of instructions.
class Reduce : public testing::TestWithParam<std::tuple<DataType, Instructions>> {
 protected:
  void SetUp() override {
    if (!is_supported(instructions())) GTEST_SKIP() << "not an instruction set of this processor";
  }

  static DataType type() { return std::get<DataType>(GetParam()); }
  static Instructions instructions() { return std::get<Instructions>(GetParam()); }

  template <Reduction reduction, typename Element>
  static void expect_reduced(RandomPieces<Element>& pieces, int ranks, std::size_t count) {
    std::vector<Element> wanted(count);
    reduce_elements<reduction>(
        wanted.data(), [&](int rank) { return pieces.of(rank); }, ranks, Share{0, 1, count});
    for (const std::size_t shift : shifts) {
      SCOPED_TRACE(std::string(name_of(reduction)) + " of " + std::to_string(ranks));
      Target to(count * sizeof(Element), shift);
      reduce({to.data()}, pieces.of_first(ranks), count, type(), reduction, instructions());
      to.expect(wanted);
    }
  }
};

TEST_P(Reduce, GivesTheBitsOfTheArithmeticOfOneElement) {
  with_type(type(), [](auto element) {
    RandomPieces<typename decltype(element)::type> pieces;
    for (const auto reduction : all_reductions()) {
      with_type_and_reduction(type(), reduction, [&](auto, auto constant) {
        for (int ranks = 1; ranks <= most_ranks && !HasFailure(); ++ranks) {
          for (const std::size_t count : counts) {
            expect_reduced<decltype(constant)::value>(pieces, ranks, count);
          }
        }
      });
    }
  });
}

TEST_P(Reduce, GivesTheSameBitsWhereThePiecesLay) {
  with_type(type(), [](auto element) {
    using Element = typename decltype(element)::type;
    for (const auto reduction : all_reductions()) {
      for (int ranks = 1; ranks <= most_ranks; ++ranks) {
        RandomPieces<Element> pieces;
        const std::size_t bytes = most * sizeof(Element);
        std::vector<std::byte> apart(bytes);
        reduce({apart.data()}, pieces.of_first(ranks), most, type(), reduction, instructions());
        reduce(pieces.places_of_first(ranks), pieces.of_first(ranks), most, type(), reduction,
               instructions());
        for (int rank = 0; rank < ranks; ++rank) {
          ASSERT_EQ(std::memcmp(pieces.of(rank), apart.data(), bytes), 0)
              << name_of(reduction) << " of " << ranks << ", at rank " << rank;
        }
      }
    }
  });
}

TEST_P(Reduce, ScalesToTheBitsOfTheArithmeticOfOneElement) {
  with_type(type(), [](auto element) {
    using Element = typename decltype(element)::type;
    RandomPieces<Element> pieces;
    const Element factor = pieces.of(0)[1];
    for (const std::size_t count : counts) {
      std::vector<Element> wanted(count);
      scale_elements(wanted.data(), pieces.of(1), factor, Share{0, 1, count});
      for (const std::size_t shift : shifts) {
        Target to(count * sizeof(Element), shift);
        std::memcpy(to.data(), pieces.of(1), count * sizeof(Element));
        scale(to.data(), to.data(), count, type(), &factor, instructions());
        to.expect(wanted);
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(
    All, Reduce,
    testing::Combine(testing::ValuesIn(all_data_types().begin(), all_data_types().end()),
                     testing::Values(Instructions::any, Instructions::avx2, Instructions::avx512)),
    [](const auto& param) {
      return std::string(name_of(std::get<DataType>(param.param))) + "_" +
             std::string(name_of(std::get<Instructions>(param.param)));
    });

/// What plain C++ makes of it, with nothing of element.hpp.
TEST(ReduceFloats, AddsInTheOrderOfRanks) {
  RandomPieces<float> pieces;
  for (std::size_t i = 0; i < most; ++i) {
    for (int rank = 0; rank < most_ranks; ++rank) {
      pieces.of(rank)[i] = static_cast<float>(i + 1) / static_cast<float>(rank + 3);
    }
  }
  std::vector<float> sums(most);
  reduce({reinterpret_cast<std::byte*>(sums.data())}, pieces.of_first(7), most, DataType::float32,
         Reduction::sum);
  for (std::size_t i = 0; i < most; ++i) {
    volatile float sum = pieces.of(0)[i];  // So that the compiler keeps the order.
    for (int rank = 1; rank < 7; ++rank) sum = sum + pieces.of(rank)[i];
    ASSERT_EQ(sums[i], sum);
  }
}

TEST(ReduceFloats, TakesOnesOwnPieceFromWhereItLies) {
  for (const int own_rank : {0, 1, 2}) {
    RandomPieces<float> pieces;
    for (int rank = 0; rank < 3; ++rank)
      std::fill_n(pieces.of(rank), most, static_cast<float>(rank + 1));
    std::fill_n(pieces.of(own_rank), most, 100.0F);
    const std::vector<float> own(most, static_cast<float>(own_rank + 1));
    auto from = pieces.of_first(3);
    from.own = reinterpret_cast<const std::byte*>(own.data());
    from.own_rank = own_rank;
    std::vector<float> sums(most);
    reduce({reinterpret_cast<std::byte*>(sums.data())}, from, most, DataType::float32,
           Reduction::sum);
    EXPECT_EQ(sums, std::vector<float>(most, 6.0F)) << own_rank;
  }
}

/// Sums that go to places of which one is left out; all are pieces.
void expect_sums_in_places(int ranks, int besides, std::size_t count, bool past_cache) {
  const auto n = static_cast<std::size_t>(ranks);
  std::vector<float> room(n * most);
  const auto value = [](std::size_t rank, std::size_t i) { return (rank + 1) * (1 + i % 97); };
  for (std::size_t i = 0; i < room.size(); ++i) {
    room[i] = static_cast<float>(value(i / most, i % most));
  }
  std::vector<float> buffer(most + 3, -1);
  auto* first = reinterpret_cast<std::byte*>(room.data());
  const Pieces from{first, most * sizeof(float), ranks};
  reduce({.first = first,
          .stride_bytes = most * sizeof(float),
          .ranks = ranks,
          .besides = besides,
          .buffer = reinterpret_cast<std::byte*>(buffer.data() + 3),
          .past_cache = past_cache},
         from, count, DataType::float32, Reduction::sum);
  const auto sum = [n](std::size_t i) { return n * (n + 1) / 2 * (1 + i % 97); };
  for (std::size_t at = 0; at < room.size(); ++at) {
    const std::size_t rank = at / most, i = at % most;
    const bool is_place = std::cmp_not_equal(rank, besides) && i < count;
    ASSERT_EQ(room[at], static_cast<float>(is_place ? sum(i) : value(rank, i))) << rank << ' ' << i;
  }
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    const bool is_inside = i >= 3 && i < 3 + count;
    ASSERT_EQ(buffer[i], is_inside ? static_cast<float>(sum(i - 3)) : -1.0F) << i;
  }
}

TEST(ReduceFloats, GoTheirWayBackToEveryPlaceButOneAndToABuffer) {
  for (const bool past_cache : {false, true}) {
    for (int ranks = 2; ranks <= 5; ++ranks) {
      for (int besides = -1; besides < ranks; ++besides) {
        for (const std::size_t count : counts) {
          expect_sums_in_places(ranks, besides, count, past_cache);
        }
      }
    }
  }
}

TEST(ReduceIntegers, MultipliesModuloTheirRange) {
  RandomPieces<std::uint16_t> pieces;
  std::vector<std::uint16_t> products(most);
  reduce({reinterpret_cast<std::byte*>(products.data())}, pieces.of_first(5), most,
         DataType::uint16, Reduction::prod);
  for (std::size_t i = 0; i < most; ++i) {
    std::uint64_t product = 1;
    for (int rank = 0; rank < 5; ++rank) product = product * pieces.of(rank)[i] % 65536;
    ASSERT_EQ(products[i], product);
  }
}

TEST(ReduceIntegers, OfManyRanksAreAveraged) {
  RandomPieces<std::int32_t> pieces;
  std::vector<std::int32_t> sums(most);
  // One piece stands for all: a stride of zero.
  reduce({reinterpret_cast<std::byte*>(sums.data())}, {pieces.of_first(1).first, 0, 100}, most,
         DataType::int32, Reduction::avg);
  for (std::size_t i = 0; i < most; ++i) {
    const auto sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(pieces.of(0)[i]) * 100U);
    ASSERT_EQ(sums[i], sum / 100);
  }
}

#ifdef __x86_64__
TEST(ReduceFloats, KeepsSubnormalNumbersWhereTheProgramFlushesThem) {
  RandomPieces<float> pieces;
  const float least = std::numeric_limits<float>::denorm_min();
  std::fill_n(pieces.of(0), 64, least);
  std::fill_n(pieces.of(1), 64, least);
  std::array<float, 64> sums{};
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | _MM_FLUSH_ZERO_ON | 0x0040 | _MM_ROUND_UP);  // 0x0040: subnormals are zeros.
  const unsigned during = _mm_getcsr();
  reduce({reinterpret_cast<std::byte*>(sums.data())}, pieces.of_first(2), 64, DataType::float32,
         Reduction::sum);
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(sums.back(), 2 * least);
  EXPECT_EQ(after & ~_MM_EXCEPT_MASK, during & ~_MM_EXCEPT_MASK);
}
#endif

}  // namespace
}  // namespace septet
