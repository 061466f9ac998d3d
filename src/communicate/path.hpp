// SPDX-License-Identifier: Apache-2.0
// The ways that data may go: what SEPTET_PATH forces and `septet bench --path` measures.
#pragma once

#include "communicate/steps/mail.hpp"
#include "communicate/steps/plan.hpp"
#include "communicate/tuning_table.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace septet {

/// How a call goes. docs/communicate.md has what each is.
enum class Path : std::uint8_t {
  automatic,           ///< By size; no call goes so.
  one_hop,             ///< Of host buffers: each rank adds up everybody's slots itself.
  packets,             ///< Of device buffers: words with their own flags, one trip.
  packets_two_phases,  ///< The same with two trips: all-reduces only.
  ring,                ///< Through slots; each rank adds up its share, if anything is added up,
  ring_host,           ///< and of device buffers that is done by a host thread,
  ring_device,         ///< or by thread blocks.
  messages,            ///< Sends and receives, through a ring for each pair. Cannot be forced.
  host_functions,      ///< Of device buffers when kernels must not wait. Cannot be forced.
  alone,               ///< Of one rank: a copy. Cannot be forced.
};

/// The word for it that SEPTET_PATH, tables and JSON have; `automatic` is "auto".
[[nodiscard]] std::string_view name_of(Path path) noexcept;

/// What SEPTET_PATH may name for data in `buffers`, automatic first.
[[nodiscard]] std::span<const Path> paths_for(BufferPlace buffers) noexcept;

/// The path that SEPTET_PATH names by `word`, whatever the buffers; nothing when there is none.
[[nodiscard]] std::optional<Path> parse_path(std::string_view word) noexcept;

/// Whether what goes by `taken` goes by `wanted`: ring is also ring_host and ring_device.
[[nodiscard]] bool is_kind_of(Path taken, Path wanted) noexcept;

/// The manner of calls that are forced to go by `path`, which is of the buffers at hand.
[[nodiscard]] Manner forced(Manner manner, Path path) noexcept;

/// What goes by packets in `manner` where `usual` does without any; `two` hops go otherwise.
[[nodiscard]] PacketLimits limits_in(const Manner& manner, PacketLimits usual) noexcept;

/// How a collective with that plan goes on host buffers.
[[nodiscard]] Path host_path_of(const ExchangePlan& plan) noexcept;

/// Why a collective that would go by `taken` does not go by `wanted`: a sentence without a subject.
[[nodiscard]] std::string why_not(Path wanted, Path taken);

}  // namespace septet
