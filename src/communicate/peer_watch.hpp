// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/meeting.hpp"
#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace septet {

/// Tells when the process of a peer ends. One thread, asleep until then; it blocks all signals.
///
/// Of peers without a pidfd it asks each 200 ms whether their number is still in use, by a process
/// that is no zombie; those of another pid namespace it cannot ask about, and does not watch.
/// Peers in this very process are not watched either.
class PeerWatch {
 public:
  /// `members` are those of the meeting, by rank; their pidfds are borrowed and must stay open as
  /// long as this object lives. `ended(rank)` runs on the watching thread, once a peer at most; it
  /// must not throw, nor destroy this object. Throws Error `system` when no thread can be had.
  PeerWatch(std::span<const Member> members, int own_rank, std::function<void(int rank)> ended);
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

  /// Waits for a running `ended` to return. In a forked child, where the thread is not: does
  /// nothing.
  ~PeerWatch();

 private:
  struct Peer {
    int rank = 0;
    pid_t pid = 0;
    int process = -1;  ///< Its pidfd, borrowed; -1: there is none.
  };

  void start();
  void watch();
  [[nodiscard]] bool wait();
  void tell_of_the_ended();

  const pid_t owner_;
  const std::function<void(int rank)> ended_;
  std::vector<Peer> peers_;  ///< Those that have not ended. Of the watching thread.
  UniqueFd stop_;
  std::unique_ptr<std::thread> thread_;  ///< None when there is nobody to watch.
};

}  // namespace septet
