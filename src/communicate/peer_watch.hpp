// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/meeting.hpp"
#include <septet/unique_fd.hpp>

#include <functional>
#include <span>
#include <thread>

namespace septet {

/// Tells when the process of a peer ends. One thread, asleep until then; it blocks all signals.
///
/// Of peers without a pidfd it asks kill(pid, 0) each 200 ms. Peers in this very process are not
/// watched.
class PeerWatch {
 public:
  /// `ended(rank)` runs on the watching thread, once a peer at most; it must not throw.
  PeerWatch(std::span<const Member> members, int own_rank, std::function<void(int rank)> ended);
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

  /// Waits for a running `ended` to return. In a forked child, where the thread is not: does
  /// nothing.
  ~PeerWatch();

 private:
  void watch();

  // members as needed
};

}  // namespace septet
