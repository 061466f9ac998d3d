// SPDX-License-Identifier: Apache-2.0
#include <septet/unique_fd.hpp>

#include <unistd.h>

namespace septet {

void UniqueFd::reset(int descriptor) noexcept {
  const int old = std::exchange(descriptor_, descriptor);
  // Not retried after EINTR: Linux has closed it even then (close(2)).
  if (old >= 0 && old != descriptor) ::close(old);
}

}  // namespace septet
