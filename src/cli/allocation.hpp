// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/cuda_driver.hpp"
#include "discover/visible.hpp"
#include <septet/environment.hpp>
#include <septet/host.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet::cli {

/// What one process can know of the devices that it was given.
struct Sight {
  Environment environment;
  Place place = Place::host;
  std::optional<Host> host = {};  ///< All of it, whatever the variables hide; nothing if untold.
  std::string trouble = {};       ///< Why there is no host.
  std::optional<CudaView> cuda = {};
};

/// Which of several processes this one is, as its launcher told it.
struct Ranks {
  std::string told_by;  ///< "septet", "torchrun", "Open MPI", "MPICH" or "Slurm".
  int rank = 0;
  int size = 1;
  int local_rank = 0;
  int local_size = 0;  ///< Processes on this host; 0 where untold.

  bool operator==(const Ranks&) const = default;
};

/// Who this process is, if a launcher said so: the innermost one, for they may nest.
[[nodiscard]] std::optional<Ranks> ranks_of(const Environment& environment);

/// One entry of a list of devices, and what it means on a host.
struct Entry {
  std::string text;
  int matches = 0;               ///< Devices that it could name; of a uuid cut short several.
  const Gpu* gpu = nullptr;      ///< The GPU that it names as a whole.
  const Slice* slice = nullptr;  ///< The one slice that it names; a whole GPU is one.
};

/// The entries of the list in `variable`: nothing when it is unset, none when it is empty. They
/// point into `sight`; without a host only their texts are there.
[[nodiscard]] std::optional<std::vector<Entry>> entries_of(const Sight& sight,
                                                           std::string_view variable);

/// The slices that `entries` name, each once, in their order.
[[nodiscard]] std::vector<const Slice*> slices_in(const std::vector<Entry>& entries);

/// The slices that this process may use: those of SEPTET_SLICES, else of CUDA_VISIBLE_DEVICES, else
/// the host's only one. They point into `sight`.
[[nodiscard]] std::vector<const Slice*> given_slices(const Sight& sight);

/// The one of them that it runs on, as far as it can be told: SEPTET_SLICE, else the first. A first
/// entry of CUDA_VISIBLE_DEVICES that names no slice leaves none. Points into `sight`.
[[nodiscard]] const Slice* own_slice(const Sight& sight);

}  // namespace septet::cli
