// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/mps_place.hpp"
#include <septet/environment.hpp>
#include <septet/unique_fd.hpp>

#include <filesystem>
#include <vector>

namespace septet {

/// Has an MPS daemon run for the GPU of `place` as long as the returned descriptor, or a child's
/// copy of it, is open.
///
/// The first user starts a keeper (mps_keeper.hpp): `program`, septet itself, with the hidden verb.
/// The last one's end, also by KILL, makes the keeper end the daemon. A user who comes meanwhile
/// waits for that and starts a new one. Blocks until the daemon takes clients, at most a minute.
/// The descriptor is numbered 100 or higher and closes on exec. Throws Error `device` when
/// nvidia-cuda-mps-control is not on the PATH of `environment` or does not start, `system` when
/// the folder does not serve.
[[nodiscard]] UniqueFd use_mps_daemon(const MpsPlace& place, const Environment& environment,
                                      const std::filesystem::path& program = "/proc/self/exe");

/// One such descriptor for each GPU that has a stand-in among `slices`; none for other slices.
[[nodiscard]] std::vector<UniqueFd> use_mps_daemons(const std::vector<Slice>& slices,
                                                    const std::filesystem::path& lease_folder,
                                                    const Environment& environment);

}  // namespace septet
