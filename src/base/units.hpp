// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace septet {

inline constexpr std::uint64_t kibibyte = 1024;
inline constexpr std::uint64_t mebibyte = 1024 * kibibyte;
inline constexpr std::uint64_t gibibyte = 1024 * mebibyte;

/// "10G", "10GiB", "9.5g", "512M", "4096": powers of 1024, as NVML and nvidia-smi count memory.
/// Throws Error `argument` that names `text`.
[[nodiscard]] std::uint64_t parse_bytes(std::string_view text);

/// "9.8 GiB", "512 MiB": one decimal below 100, none above.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

/// "30s", "250ms", "5m", "2h", "1d", "1h30m"; a bare number is seconds, with decimals.
/// Throws Error `argument` that names `text`.
[[nodiscard]] std::chrono::milliseconds parse_duration(std::string_view text);

/// The two largest units: "850ms", "42s", "3m12s", "5h07m", "2d04h".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

}  // namespace septet
