// SPDX-License-Identifier: Apache-2.0
#include "discover/profile_name.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <cmath>

namespace septet {
namespace {

/// Takes "<number><unit>" off the front of `text`.
std::optional<int> take(std::string_view& text, std::string_view unit) {
  const auto digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos || !text.substr(digits).starts_with(unit)) return {};
  const auto number = parse_number<int>(text.substr(0, digits));
  if (number) text.remove_prefix(digits + unit.size());
  return number;
}

bool is_attributes(std::string_view text) {
  return text.empty() || ((text.front() == '+' || text.front() == '-') && text.size() > 1);
}

double eighths_of(std::uint64_t part, std::uint64_t whole) {
  return std::ceil(static_cast<double>(part) * 8 / static_cast<double>(whole)) / 8;
}

double gigabytes_of(const SliceShape& shape) {
  const auto gib = [](std::uint64_t bytes) {
    return std::ceil(static_cast<double>(bytes) / static_cast<double>(gibibyte));
  };
  if (shape.gpu_memory_bytes == 0) return gib(shape.memory_bytes);
  return std::round(eighths_of(shape.memory_bytes, shape.gpu_memory_bytes) *
                    gib(shape.gpu_memory_bytes));
}

}  // namespace

std::optional<ProfileName> parse_profile_name(std::string_view text) {
  const auto compute = take(text, "c.");
  const auto gpu = take(text, "g.");
  const auto gigabytes = gpu ? take(text, "gb") : std::nullopt;
  if (!gigabytes || !is_attributes(text)) return {};
  return ProfileName{.gpu_slices = *gpu,
                     .compute_slices = compute.value_or(*gpu),
                     .gigabytes = *gigabytes,
                     .attributes = text};
}

std::optional<std::string> profile_in_device_name(std::string_view name) {
  constexpr std::string_view mark = " MIG ";
  const auto at = name.rfind(mark);
  if (at == std::string_view::npos) return {};
  const auto profile = trim(name.substr(at + mark.size()));
  if (!parse_profile_name(profile)) return {};
  return std::string(profile);
}

std::string derive_profile_name(const SliceShape& shape) {
  const auto part = shape.compute_slices < shape.gpu_slices
                        ? std::to_string(shape.compute_slices) + "c."
                        : std::string();
  return part + std::to_string(shape.gpu_slices) + "g." +
         std::to_string(std::llround(gigabytes_of(shape))) + "gb";
}

}  // namespace septet
