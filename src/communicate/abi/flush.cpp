// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/flush.hpp"

#include <poll.h>

namespace septet::abi {

void flush(const Channel& channel, const Interruption& interruption) {
  while (!channel.has_ended() && !interruption.is_raised()) {
    channel.check();
    ::poll(nullptr, 0, 1);
  }
  channel.check();
}

}  // namespace septet::abi
