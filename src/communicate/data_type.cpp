// SPDX-License-Identifier: Apache-2.0
#include <septet/data_type.hpp>

#include <array>

namespace septet {
namespace {

struct Described {
  std::string_view name;
  std::size_t bytes;
};

// Both by number.
constexpr std::array<Described, 14> types{{{"int8", 1},
                                           {"uint8", 1},
                                           {"int32", 4},
                                           {"uint32", 4},
                                           {"int64", 8},
                                           {"uint64", 8},
                                           {"float16", 2},
                                           {"float32", 4},
                                           {"float64", 8},
                                           {"bfloat16", 2},
                                           {"float8_e4m3", 1},
                                           {"float8_e5m2", 1},
                                           {"int16", 2},
                                           {"uint16", 2}}};
constexpr std::array<std::string_view, 5> reductions{"sum", "prod", "max", "min", "avg"};

/// A number that means no type may come from another process.
constexpr Described described(DataType type) noexcept {
  const auto number = static_cast<std::size_t>(type);
  return number < types.size() ? types[number] : Described{"unknown", 0};
}

template <typename Enumeration, std::size_t count>
constexpr std::array<Enumeration, count> all() {
  std::array<Enumeration, count> values{};
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<Enumeration>(i);
  return values;
}

constexpr auto data_types = all<DataType, types.size()>();
constexpr auto reduction_values = all<Reduction, reductions.size()>();

}  // namespace

std::size_t size_of(DataType type) noexcept { return described(type).bytes; }
std::string_view name_of(DataType type) noexcept { return described(type).name; }

std::string_view name_of(Reduction reduction) noexcept {
  const auto number = static_cast<std::size_t>(reduction);
  return number < reductions.size() ? reductions[number] : "unknown";
}

std::span<const DataType> all_data_types() noexcept { return data_types; }
std::span<const Reduction> all_reductions() noexcept { return reduction_values; }

}  // namespace septet
