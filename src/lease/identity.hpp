// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/lease.hpp>

#include <sys/types.h>

#include <string>

namespace septet {

/// The name of a user, or the number where the system knows no name. May ask a directory service.
[[nodiscard]] std::string user_name(uid_t uid);

/// This process as a holder, from now on, with `command` cut to what people read.
[[nodiscard]] Holder this_process(const std::string& command);

/// Names this boot of the kernel; empty where it does not tell.
[[nodiscard]] std::string boot_id();

/// Eight hex digits by chance.
[[nodiscard]] std::string random_name();

}  // namespace septet
