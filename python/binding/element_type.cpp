// SPDX-License-Identifier: Apache-2.0
#include "binding/element_type.hpp"

#include <array>
#include <charconv>

namespace septet::python {
namespace {

/// The letters by which NumPy tells kinds of numbers apart.
enum class Kind : char { logical = 'b', signed_ = 'i', unsigned_ = 'u', floating = 'f' };

struct Row {
  Kind kind;
  std::size_t bytes;
  DataType type;
};

constexpr std::array rows{
    Row{Kind::logical, 1, DataType::uint8},    Row{Kind::signed_, 1, DataType::int8},
    Row{Kind::signed_, 2, DataType::int16},    Row{Kind::signed_, 4, DataType::int32},
    Row{Kind::signed_, 8, DataType::int64},    Row{Kind::unsigned_, 1, DataType::uint8},
    Row{Kind::unsigned_, 2, DataType::uint16}, Row{Kind::unsigned_, 4, DataType::uint32},
    Row{Kind::unsigned_, 8, DataType::uint64}, Row{Kind::floating, 2, DataType::float16},
    Row{Kind::floating, 4, DataType::float32}, Row{Kind::floating, 8, DataType::float64},
};

std::optional<ElementType> find(Kind kind, std::size_t bytes) {
  for (const auto& row : rows) {
    if (row.kind == kind && row.bytes == bytes) return ElementType{row.type, kind == Kind::logical};
  }
  return {};
}

std::optional<Kind> kind_of_letter(char letter) {
  constexpr std::string_view signed_letters = "bhilqn";
  constexpr std::string_view unsigned_letters = "cBHILQN";
  constexpr std::string_view floating_letters = "efd";
  if (letter == '?') return Kind::logical;
  if (signed_letters.find(letter) != std::string_view::npos) return Kind::signed_;
  if (unsigned_letters.find(letter) != std::string_view::npos) return Kind::unsigned_;
  if (floating_letters.find(letter) != std::string_view::npos) return Kind::floating;
  return {};
}

}  // namespace

std::optional<ElementType> type_of_format(std::string_view format, std::size_t bytes) {
  // The order of the bytes of this machine only.
  if (!format.empty() && (format.front() == '@' || format.front() == '=')) format.remove_prefix(1);
  if (format.size() == 2 && format.front() == '<') format.remove_prefix(1);
  const auto kind = format.size() == 1 ? kind_of_letter(format.front()) : std::nullopt;
  return kind ? find(*kind, bytes) : std::nullopt;
}

std::optional<ElementType> type_of_interface(std::string_view text) {
  if (text.size() < 3 || (text[0] != '<' && text[0] != '|')) return {};
  std::size_t bytes = 0;
  std::from_chars(text.data() + 2, text.data() + text.size(), bytes);
  return find(static_cast<Kind>(text[1]), bytes);
}

std::optional<ElementType> type_of_name(std::string_view name) {
  if (name == "bfloat16") return ElementType{DataType::bfloat16};
  if (name == "float8_e4m3fn") return ElementType{DataType::float8_e4m3};
  if (name == "float8_e5m2") return ElementType{DataType::float8_e5m2};
  return {};
}

std::optional<ElementType> type_of_dlpack(dlpack::Type type) {
  if (type.lanes != 1 || type.bits % 8 != 0) return {};
  const std::size_t bytes = type.bits / 8U;
  switch (type.code) {
    case dlpack::signed_code:
      return find(Kind::signed_, bytes);
    case dlpack::unsigned_code:
      return find(Kind::unsigned_, bytes);
    case dlpack::float_code:
      return find(Kind::floating, bytes);
    case dlpack::bool_code:
      return find(Kind::logical, bytes);
    case dlpack::bfloat_code:
      return bytes == 2 ? type_of_name("bfloat16") : std::nullopt;
    case dlpack::float8_e4m3fn_code:
      return type_of_name("float8_e4m3fn");
    case dlpack::float8_e5m2_code:
      return type_of_name("float8_e5m2");
    default:
      return {};
  }
}

}  // namespace septet::python
