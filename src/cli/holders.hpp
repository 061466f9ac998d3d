// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/lease.hpp>

#include <map>
#include <string>

namespace septet {
class Environment;
}

namespace septet::cli {

/// Who holds what, as far as the lease folder tells.
struct Holders {
  std::map<std::string, LeaseRecord, std::less<>> by_slice;  ///< By the slice's uuid.
  std::string unknown;  ///< Why the folder does not tell; empty: it does.

  /// The lease of `uuid`, or null.
  [[nodiscard]] const LeaseRecord* of(const std::string& uuid) const;
};

/// Reads the usual lease folder of `environment`. Makes none and never throws: to list slices must
/// work on a host where nobody ever leased any.
[[nodiscard]] Holders read_holders(const Environment& environment);

}  // namespace septet::cli
