// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/unique_fd.hpp>

#include <cstdint>

namespace septet {

/// A TCP port of the loopback address that nobody uses, held by this object so that nobody else is
/// given it. Let go of it right before the process starts that will listen there.
class FreePort {
 public:
  /// Throws Error `system`.
  FreePort();

  [[nodiscard]] std::uint16_t number() const noexcept { return number_; }

 private:
  UniqueFd socket_;
  std::uint16_t number_ = 0;
};

}  // namespace septet
