// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace septet {

/// Where the data of several ranks is reduced, when it is too large for one hop.
enum class ReduceOn : std::uint8_t {
  automatic,  ///< host where there are cores enough, else device
  device,     ///< thread blocks of each rank
  host,       ///< a host thread of each rank
};

/// Who waits for the other ranks of a collective on device buffers.
enum class WaitOn : std::uint8_t {
  automatic,  ///< device, unless the ranks are found to share one by time slices
  device,     ///< kernels
  host,       ///< host functions of the stream
};

/// How many thread blocks of a kernel publish, reduce and collect. Zero: as Septet chooses.
struct Blocks {
  std::uint32_t publish = 0;
  std::uint32_t reduce = 0;
  std::uint32_t collect = 0;
};

/// The environment variables that communicators obey. Ranks of one communicator need the same.
struct Settings {
  /// SEPTET_MEETING_FOLDER: where ranks meet that share a folder and no network namespace.
  std::filesystem::path meeting_folder;

  /// SEPTET_SEGMENT_MIB: memory of one communicator, for all its ranks together; 1 to 1024.
  std::size_t segment_bytes = std::size_t{24} << 20;

  /// SEPTET_OPERATION_LIMIT_S: seconds that an operation may wait without progress; 0: for ever.
  std::chrono::seconds operation_limit{0};

  /// SEPTET_MEETING_LIMIT_S: seconds that a rank of libnccl.so.2 waits for the others to come.
  std::chrono::seconds meeting_limit{300};

  /// SEPTET_REDUCE_ON: auto, host or device. Of device buffers; each rank may have its own.
  ReduceOn reduce_on = ReduceOn::automatic;

  /// SEPTET_WAIT_ON: auto, device or host. The same on all ranks.
  WaitOn wait_on = WaitOn::automatic;

  /// SEPTET_CHUNK_KIB: largest chunk of a collective, 16 to 4096. The same on all ranks.
  std::size_t chunk_bytes = std::size_t{128} << 10;

  /// SEPTET_BLOCKS: three numbers from 1 to 64 with commas between, e.g. 4,4,4. Of device buffers.
  Blocks blocks;
};

/// Reads them. Throws Error `argument` that names the variable.
[[nodiscard]] Settings settings_from_environment();

}  // namespace septet
