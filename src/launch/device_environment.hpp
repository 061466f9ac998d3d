// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>
#include <septet/host.hpp>

#include <filesystem>
#include <vector>

namespace septet {

/// The variables through which CUDA and the container tools see exactly `slices`, in this order.
///
/// CUDA knows a stand-in by its GPU's name only; what makes it a share are the variables of CUDA
/// MPS: the daemon of that GPU below `lease_folder`, and the share of one stand-in as the limit of
/// each process, also of one that holds several. A process has one daemon, so when the first slice
/// is a stand-in CUDA is shown its GPU alone; otherwise, no stand-ins. NVIDIA_VISIBLE_DEVICES has
/// one entry a slice for scripts that share them out, a GPU's name as often as it has stand-ins
/// among them. Source of names and spellings: MPS documentation. Pure. Requires: at least one
/// slice.
[[nodiscard]] Environment::Variables device_environment(const std::vector<Slice>& slices,
                                                        const std::filesystem::path& lease_folder);

}  // namespace septet
