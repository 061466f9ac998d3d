// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/communicator.hpp>
#include <septet/environment.hpp>

#include <cstdint>
#include <optional>

namespace septet {

/// Who this process is by `environment`, for its `number`-th meeting; nothing where no launcher is
/// named. Throws as membership_from_environment().
///
/// What all ranks of a job share makes their token: that of septet run, or the user, this boot of
/// the host, and the job's name as the launcher has it.
[[nodiscard]] std::optional<Membership> find_membership(const Environment& environment,
                                                        std::uint64_t number);

}  // namespace septet
