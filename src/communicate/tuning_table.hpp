// SPDX-License-Identifier: Apache-2.0
// How collectives are done, by size: what `septet bench --tune` writes and SEPTET_TUNING names.
// docs/bench.md, Tuning, has the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// Where the data of a collective is.
enum class BufferPlace : std::uint8_t { host, device };

/// How often data crosses from rank to rank on its way.
enum class Hops : std::uint8_t {
  automatic,  ///< by size
  one,        ///< each rank sums everything itself; on devices: by packets, as far as they hold it
  two,        ///< each rank sums its share, and all collect the shares: through the ring
  packets,    ///< of device buffers: the same by packets, as far as they hold it
};

/// Where the data of several ranks is reduced, when it is too large for one hop.
enum class ReduceOn : std::uint8_t {
  automatic,  ///< host where there are cores enough, else device
  device,     ///< thread blocks of each rank
  host,       ///< a host thread of each rank
};

/// How many thread blocks of a kernel publish, reduce and collect. Zero: as Septet chooses.
struct Blocks {
  std::uint32_t publish = 0;
  std::uint32_t reduce = 0;
  std::uint32_t collect = 0;

  bool operator==(const Blocks&) const = default;
};

/// One way to do collectives; what is automatic, or zero, is as Septet chooses. Plain value.
struct Manner {
  Hops hops = Hops::automatic;
  std::size_t chunk_bytes = 0;  ///< Largest chunk.
  ReduceOn reduce_on = ReduceOn::automatic;
  Blocks blocks;

  bool operator==(const Manner&) const = default;
};

/// The manner of collectives among `ranks` ranks whose parts have `from_bytes` bytes or more, up to
/// the next line's. Plain value.
struct TuningLine {
  BufferPlace buffers = BufferPlace::host;
  int ranks = 2;
  std::uint64_t from_bytes = 0;
  Manner manner;

  bool operator==(const TuningLine&) const = default;
};

/// A table in no particular order; no two lines are for the same ranks, buffers and size.
using TuningTable = std::vector<TuningLine>;

/// The table in `text`. Throws Error `argument` that begins with `name` and the number of the line.
[[nodiscard]] TuningTable parse_tuning(std::string_view text, const std::string& name);

/// The first line of a table, and any other: as they are parsed, without a line end.
[[nodiscard]] std::string_view tuning_heading() noexcept;
[[nodiscard]] std::string text_of(const TuningLine& line);

/// What is for `ranks` ranks with data in `buffers`: the manners by size, the first from 0 bytes
/// on.
[[nodiscard]] TuningTable lines_for(const TuningTable& table, BufferPlace buffers, int ranks);

/// Of lines as above, that of `bytes` bytes.
[[nodiscard]] const TuningLine& line_of(std::span<const TuningLine> lines, std::uint64_t bytes);

/// "4,8,8", each from 1 to 64; nothing when `text` is none.
[[nodiscard]] std::optional<Blocks> parse_blocks(std::string_view text);

/// The range of SEPTET_CHUNK_KIB and of chunks in a table.
inline constexpr std::size_t least_chunk_kib = 16;
inline constexpr std::size_t most_chunk_kib = 4096;

}  // namespace septet
