// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace septet::abi {

class Comm;

/// Logs what people look for when a communicator has met: who its ranks are, which way its data
/// goes, and, once in a process, settings and circumstances that make it slow or mean nothing here.
/// Requires: connected.
void announce(const Comm& comm) noexcept;

}  // namespace septet::abi
