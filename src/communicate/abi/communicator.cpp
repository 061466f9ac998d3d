// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/communicator.hpp"

#include "communicate/abi/announce.hpp"
#include "communicate/abi/guard.hpp"
#include "communicate/abi/log.hpp"
#include "communicate/abi/select_device.hpp"
#include <septet/error.hpp>

#include <utility>

namespace septet::abi {
namespace {

/// `membership` with as many blocks as `config` allows, and waits that end when `interruption` is
/// raised.
Membership settled(Membership membership, const Config& config,
                   std::shared_ptr<const Interruption> interruption) {
  membership.most_blocks = static_cast<std::uint32_t>(config.max_blocks);
  membership.while_waiting = [interruption = std::move(interruption)] {
    if (!interruption->is_raised()) return;
    throw Error(ErrorKind::peer, "this rank aborted the communicator while it waited");
  };
  return membership;
}

}  // namespace

Comm::Comm(const Membership& membership, Config config, int device,
           std::shared_ptr<const Interruption> parent)
    : interruption_(std::make_shared<Interruption>(std::move(parent))),
      membership_(settled(membership, config, interruption_)),
      config_(std::move(config)),
      device_(device) {}

Comm::~Comm() { leave(); }

void Comm::connect() {
  try {
    const SelectDevice here(device_);
    show_version(rank());
    adopt(backend().connect(membership_));
    announce(*this);
  } catch (...) {
    fail(std::current_exception());
    throw;
  }
}

void Comm::adopt(std::unique_ptr<Channel> channel) noexcept {
  channel_ = std::move(channel);
  reachable_.store(channel_.get());
  // Who aborted before that line did not reach the channel.
  if (interruption_->is_raised()) channel_->abort();
  interruption_->leave_parent();
  auto expected = ncclInProgress;
  state_.compare_exchange_strong(expected, ncclSuccess);
}

void Comm::rethrow_kept() {
  const std::scoped_lock lock(kept_mutex_);
  if (kept_) std::rethrow_exception(kept_);
}

void Comm::require_settled() const {
  if (state_.load() != ncclInProgress) return;
  throw Error(ErrorKind::argument,
              "an earlier call on this communicator is still in progress: ask "
              "ncclCommGetAsyncError until it answers ncclSuccess");
}

void Comm::require_ready() {
  require_settled();
  if (!is_revoked() && async_state() != ncclSuccess) rethrow_kept();
}

void Comm::require_open() {
  require_ready();
  if (is_revoked()) {
    throw Error(ErrorKind::usage,
                "this communicator was revoked: split, shrink or grow it, and use the new one");
  }
  if (finalized_.load()) {
    throw Error(ErrorKind::usage, "this communicator was finalized: destroy it and make a new one");
  }
}

ncclResult_t Comm::async_state() noexcept {
  const auto state = state_.load();
  Channel* channel = reachable_.load();
  if (state != ncclSuccess || channel == nullptr || is_revoked()) return state;
  try {
    channel->check();
  } catch (...) {
    fail(std::current_exception());
  }
  return state_.load();
}

void Comm::fail(std::exception_ptr thrown) noexcept {
  const std::scoped_lock lock(kept_mutex_);
  if (kept_ || is_revoked()) return;
  kept_ = thrown;
  state_.store(record(thrown));
}

void Comm::begin(std::function<void()> work) {
  const std::scoped_lock lock(worker_mutex_);
  if (interruption_->is_raised()) return;
  if (worker_.joinable()) worker_.join();
  state_.store(ncclInProgress);
  worker_ = std::thread([this, work = std::move(work)] {
    try {
      backend().select_device(device_);
      work();
    } catch (...) {
      return fail(std::current_exception());
    }
    auto expected = ncclInProgress;
    state_.compare_exchange_strong(expected, ncclSuccess);
  });
}

void Comm::abort() noexcept {
  interruption_->raise();
  if (Channel* channel = reachable_.load()) channel->abort();
}

void Comm::end_work() {
  require_settled();
  if (Channel* channel = reachable_.load()) channel->abort();
}

void Comm::revoke() {
  require_settled();
  if (finalized_.load() || revoked_.exchange(true)) {
    throw Error(ErrorKind::argument, "this communicator was revoked or finalized before");
  }
  end_work();
  const std::scoped_lock lock(kept_mutex_);
  kept_ = nullptr;
  state_.store(ncclSuccess);
}

void Comm::finalize() {
  require_ready();
  if (is_revoked() || finalized_.exchange(true)) {
    throw Error(ErrorKind::argument, "this communicator was revoked or finalized before");
  }
}

void Comm::leave() noexcept {
  if (state_.load() == ncclInProgress) interruption_->raise();
  const std::scoped_lock lock(worker_mutex_);
  if (!worker_.joinable()) return;
  if (worker_.get_id() == std::this_thread::get_id()) return worker_.detach();
  worker_.join();
}

std::string name_of(const Comm& comm) {
  return "rank " + std::to_string(comm.rank()) + " of " + std::to_string(comm.size());
}

}  // namespace septet::abi
