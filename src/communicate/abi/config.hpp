// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/nccl.hpp"
#include "communicate/abi/variables.hpp"

#include <string>

namespace septet::abi {

/// What of an ncclConfig_t matters here. Plain value; owns its strings.
struct Config {
  bool blocking = true;
  bool split_share = false;
  bool shrink_share = false;
  bool mixes_graphs = true;  ///< Calls inside and outside of captured graphs come interleaved.
  int min_blocks = 1;
  int max_blocks = 64;  ///< Most thread blocks of a kernel; more are cut to it.
  std::string name{};   ///< What the log calls the communicator; may be empty.

  friend bool operator==(const Config&, const Config&) = default;
};

/// Reads a caller's configuration; null stands for one in which nothing is set. `variables` go
/// before it: NCCL_COMM_BLOCKING, NCCL_MIN_CTAS, NCCL_MAX_CTAS, NCCL_COMM_SPLIT_SHARE_RESOURCES,
/// NCCL_COMM_SHRINK_SHARE_RESOURCES, NCCL_GRAPH_MIXING_SUPPORT; one out of range is passed over.
///
/// The caller may be of any version since 2.14. Its first member says how many bytes it has, and
/// fields later than its `version` count as not set: twice NCCL put one where padding was. Bytes of
/// a newer version are not read. Throws Error `argument` when it was not initialised or a field is
/// out of range. Source of versions and ranges: NCCL 2.30.7.
[[nodiscard]] Config config_of(const ncclConfig_t* given, const Lookup& variables);

}  // namespace septet::abi
