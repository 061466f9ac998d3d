// SPDX-License-Identifier: Apache-2.0
// Ranks as processes of a test, all on device 0, each with its share of the SMs when MPS runs. The
// test's own process never touches CUDA, so that it may fork.
#pragma once

#include <septet/device_communicator.hpp>
#include <septet/error.hpp>

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace septet {

/// How a rank ended: 0 when `body` returned and found nothing wrong, 1 when an expectation failed
/// or it threw, 128 + n by signal n.
using Statuses = std::vector<int>;

/// Forks `ranks` processes and runs `body` in each.
[[nodiscard]] Statuses run_device_ranks(int ranks,
                                        const std::function<void(DeviceCommunicator&)>& body);

/// As above, and `meanwhile(pids)` here.
[[nodiscard]] Statuses run_device_ranks(
    int ranks, const std::function<void(DeviceCommunicator&)>& body,
    const std::function<void(const std::vector<pid_t>&)>& meanwhile);

/// How many: SEPTET_TEST_RANKS says, else four.
[[nodiscard]] int rank_count();

/// Whether MPS ended this rank, and not Septet: the clients of one daemon share a context of the
/// GPU, so when one is killed in the middle of a kernel, the others' kernels fault as well (CUDA's
/// MPS guide, "Limitations"). Slices do not.
[[nodiscard]] bool ended_by_mps(const Error& error);

/// What check() throws, which must be of kind `peer`; "no error" when it throws nothing.
[[nodiscard]] std::string error_of(const DeviceCommunicator& ranks);

[[nodiscard]] inline Statuses all_well(int ranks) {
  return Statuses(static_cast<std::size_t>(ranks), 0);
}

}  // namespace septet
