// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/path.hpp"
#include "communicate/tuning_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace septet {

/// Who waits for the other ranks of a collective on device buffers.
enum class WaitOn : std::uint8_t {
  automatic,  ///< device, unless the ranks are found to share one by time slices
  device,     ///< kernels
  host,       ///< host functions of the stream
};

/// The environment variables that communicators obey. Ranks of one communicator need the same.
struct Settings {
  /// SEPTET_MEETING_FOLDER: where ranks meet that share a folder and no network namespace.
  std::filesystem::path meeting_folder;

  /// SEPTET_SEGMENT_MIB: memory of one communicator, for all its ranks together; 1 to 1024.
  std::size_t segment_bytes = std::size_t{32} << 20;

  /// SEPTET_OPERATION_LIMIT_S: seconds that an operation may wait without progress; 0: for ever.
  std::chrono::seconds operation_limit{0};

  /// SEPTET_MEETING_LIMIT_S: seconds that a rank of libnccl.so.2 waits for the others to come.
  std::chrono::seconds meeting_limit{300};

  /// SEPTET_PATH: how collectives go, whatever their size; what that path cannot carry is refused.
  /// One that is of other buffers does not count. It wins over all that follows. The same on all
  /// ranks.
  Path path = Path::automatic;

  /// SEPTET_REDUCE_ON: auto, host or device. Of device buffers; each rank may have its own.
  ReduceOn reduce_on = ReduceOn::automatic;

  /// SEPTET_WAIT_ON: auto, device or host. The same on all ranks.
  WaitOn wait_on = WaitOn::automatic;

  /// SEPTET_CHUNK_KIB: largest chunk of a collective, 16 to 4096. The same on all ranks.
  std::optional<std::size_t> chunk_bytes;

  /// SEPTET_BLOCKS: three numbers from 1 to 64 with commas between, e.g. 4,4,4. Of device buffers.
  Blocks blocks;

  /// SEPTET_TUNING: a file with a table; what is above wins over it. What it says of hops and
  /// chunks must be the same on all ranks.
  TuningTable tuning;
};

/// Reads them. Throws Error `argument` that names the variable.
[[nodiscard]] Settings settings_from_environment();

}  // namespace septet
