// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>

namespace septet {

class Environment;

/// `host` with the slices of SEPTET_SLICES only, which launch sets to uuids; all of it when unset.
///
/// GPUs without such a slice go. Throws Error `device` for a uuid that the host does not have.
[[nodiscard]] Host leased_part(Host host, const Environment& environment);

}  // namespace septet
