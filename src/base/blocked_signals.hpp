// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

namespace septet {

/// Blocks all signals of the calling thread for the life of this object. A thread that starts
/// meanwhile has them blocked for good, so it takes none that are meant for the others.
class BlockedSignals {
 public:
  BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals();

 private:
  sigset_t before_{};
};

}  // namespace septet
