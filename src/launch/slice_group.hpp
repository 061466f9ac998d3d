// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/local_rank.hpp"
#include <septet/lease.hpp>
#include <septet/unique_fd.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// One rank's part in a lease that all ranks of a job on this host hold together: it ends with the
/// last of them.
struct GroupShare {
  LeaseRecord record;              ///< Slice number R is that of local rank R.
  std::optional<Lease> lease;      ///< With the rank that took it.
  std::vector<UniqueFd> received;  ///< With the others: their share of its locks.

  [[nodiscard]] std::vector<int> descriptors() const;
};

/// Takes one lease for all ranks of a job on this host, or a share of it.
///
/// The first to come under `name` calls `take` and hands shares to the `self.size` - 1 others; if
/// it dies, the next one does. Blocks until `take` is done, and with the first one until all
/// others have come, for at most `limit`. Throws what `take` throws, Error `peer` that names the
/// ranks which did not come, and `system`.
[[nodiscard]] GroupShare join_group(const std::string& name, const LocalRank& self,
                                    const std::function<Lease()>& take,
                                    std::chrono::milliseconds limit);

}  // namespace septet
