// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>

namespace septet {

class Environment;

/// Where this process runs, as far as the numbers in NVIDIA_VISIBLE_DEVICES go.
enum class Place {
  host,       ///< They count this host's GPUs; nothing has acted on them.
  container,  ///< They count the outer host's, and the container runtime has acted on them.
};

/// Whether this process runs in a container: by `environment`, and the files that Docker and
/// Podman leave.
[[nodiscard]] Place current_place(const Environment& environment);

/// The part of `host` that CUDA_VISIBLE_DEVICES and NVIDIA_VISIBLE_DEVICES leave to this process,
/// by the rules of each: docs/devices.md has them as a table, with sources. Pure.
///
/// A list of several slices leaves all of them, although CUDA may show one process the first only:
/// Septet starts a process for each. What was left out is told in Host::hidden_by. Throws Error
/// `device` for an entry that names nothing, and for one that CUDA would silently read as no
/// device or another one.
[[nodiscard]] Host visible_part(Host host, const Environment& environment, Place place);

/// `host` with the slices of SEPTET_SLICES only, which launch sets to uuids; all of it when unset.
///
/// GPUs without such a slice go. Throws Error `device` for a uuid that the host does not have.
[[nodiscard]] Host leased_part(Host host, const Environment& environment);

}  // namespace septet
