// SPDX-License-Identifier: Apache-2.0
#include "communicate/peer_watch.hpp"

#include "base/blocked_signals.hpp"
#include "base/errno.hpp"
#include "communicate/process.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

namespace septet {
namespace {

constexpr int asking_interval_ms = 200;
constexpr int no_limit = -1;

bool can_be_watched(const Member& member, const Member& own) {
  if (share_process(member, own)) return false;
  return bool(member.process) || (member.pid_space == own.pid_space && own.pid_space != 0);
}

}  // namespace

PeerWatch::PeerWatch(std::span<const Member> members, int own_rank,
                     std::function<void(int rank)> ended)
    : owner_(::getpid()), ended_(std::move(ended)) {
  const auto& own = members[static_cast<std::size_t>(own_rank)];
  for (const auto& member : members) {
    if (!can_be_watched(member, own)) continue;
    peers_.push_back({.rank = member.rank, .pid = member.pid, .process = member.process.get()});
  }
  if (!peers_.empty()) start();
}

PeerWatch::~PeerWatch() {
  if (!thread_) return;
  if (::getpid() != owner_) {
    // Neither joined nor destroyed, which would end the program: the thread is the parent's.
    [[maybe_unused]] const auto* const left_alone = thread_.release();
    return;
  }
  const std::uint64_t one = 1;
  while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_->join();
}

void PeerWatch::start() {
  stop_.reset(check(::eventfd(0, EFD_CLOEXEC), "make an eventfd"));
  const BlockedSignals blocked;
  try {
    thread_ = std::make_unique<std::thread>([this] { watch(); });
  } catch (const std::system_error& error) {
    throw_errno("start the thread that watches the other ranks (ulimit -u)", error.code().value());
  }
}

void PeerWatch::watch() {
  ::pthread_setname_np(::pthread_self(), "septet-watch");
  while (!peers_.empty() && wait()) tell_of_the_ended();
}

/// False when the watch is over. Wakes when somebody ends, or when it is time to ask.
bool PeerWatch::wait() {
  std::vector<pollfd> watched{{.fd = stop_.get(), .events = POLLIN, .revents = 0}};
  for (const auto& peer : peers_) {
    watched.push_back({.fd = peer.process, .events = POLLIN, .revents = 0});
  }
  const bool asks = std::ranges::count(peers_, -1, &Peer::process) > 0;
  const int ready = ::poll(watched.data(), watched.size(), asks ? asking_interval_ms : no_limit);
  return ready <= 0 || watched.front().revents == 0;
}

void PeerWatch::tell_of_the_ended() {
  const auto first_ended = std::ranges::stable_partition(peers_, [](const Peer& peer) {
    return peer.process < 0 ? !has_pid_ended(peer.pid) : !has_ended(peer.process);
  });
  std::vector<Peer> ended(first_ended.begin(), first_ended.end());
  peers_.erase(first_ended.begin(), first_ended.end());
  for (const auto& peer : ended) ended_(peer.rank);
}

}  // namespace septet
