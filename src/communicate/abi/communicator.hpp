// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/backend.hpp"
#include "communicate/abi/config.hpp"
#include "communicate/abi/interruption.hpp"
#include "communicate/abi/nccl.hpp"
#include "communicate/abi/reductions.hpp"
#include <septet/communicator.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

namespace septet::abi {

/// What an ncclComm_t stands for: one rank of a communicator, from the call that asks for it to the
/// one that lets go of it.
///
/// It is in progress until its ranks have met, then ready; an error is kept and answered from then
/// on. Owners: the registry of live handles, and each call that is at work on it, so that another
/// thread can let go of it meanwhile.
///
/// Threads: one call at a time, but for abort() and async_state(), which take no lock that anybody
/// holds while he waits.
class Comm {
 public:
  /// For the calling thread's current device. Not connected yet. `parent`: see Interruption.
  Comm(const Membership& membership, Config config, int device,
       std::shared_ptr<const Interruption> parent = nullptr);
  Comm(const Comm&) = delete;
  Comm& operator=(const Comm&) = delete;
  ~Comm();

  /// Meets the other ranks. Blocks. An error is kept.
  void connect();

  [[nodiscard]] const Membership& membership() const noexcept { return membership_; }
  [[nodiscard]] int rank() const noexcept { return membership_.rank; }
  [[nodiscard]] int size() const noexcept { return membership_.ranks; }
  [[nodiscard]] int device() const noexcept { return device_; }
  [[nodiscard]] const Config& config() const noexcept { return config_; }
  [[nodiscard]] std::shared_ptr<const Interruption> interruption() const { return interruption_; }

  /// Its user reductions.
  [[nodiscard]] Reductions& reductions() noexcept { return reductions_; }
  [[nodiscard]] const Reductions& reductions() const noexcept { return reductions_; }

  /// Requires: connected.
  [[nodiscard]] Channel& channel() const noexcept { return *channel_; }

  /// Throws Error `argument` while an earlier call is in progress.
  void require_settled() const;

  /// As require_settled, and throws the kept error, if any. A revoked communicator has none: what
  /// happened before is forgotten.
  void require_ready();

  /// As require_ready, and Error `usage` when it was finalized or revoked.
  void require_open();

  /// What ncclCommGetAsyncError answers; finds out first whether the ranks are still well.
  [[nodiscard]] ncclResult_t async_state() noexcept;

  /// Keeps the first error.
  void fail(std::exception_ptr thrown) noexcept;

  /// Does `work` on a thread of its own; in progress until it is done. Its error is kept.
  void begin(std::function<void()> work);

  /// Ends its waits, on every rank, and those of its own thread.
  void abort() noexcept;

  /// Ends the work in flight, on every rank. Requires what require_settled does.
  void end_work();

  /// The same, and forgets its errors. What is left is to split, shrink, grow or let go.
  void revoke();

  void finalize();

  /// Waits for its own thread, if there is one; ends it first when it is at work.
  void leave() noexcept;

  [[nodiscard]] bool is_revoked() const noexcept { return revoked_.load(); }

  /// How many of each kind were made of it: all ranks count alike, and derive tokens from that.
  std::uint64_t splits = 0;
  std::uint64_t shrinks = 0;
  std::uint64_t grows = 0;

 private:
  void adopt(std::unique_ptr<Channel> channel) noexcept;
  void rethrow_kept();

  std::shared_ptr<Interruption> interruption_;
  Membership membership_;
  Config config_;
  int device_;
  Reductions reductions_;
  std::unique_ptr<Channel> channel_;
  std::atomic<Channel*> reachable_{nullptr};  ///< channel_, for other threads.
  std::atomic<ncclResult_t> state_{ncclInProgress};
  std::atomic<bool> revoked_{false};
  std::atomic<bool> finalized_{false};
  std::mutex kept_mutex_;
  std::exception_ptr kept_;
  std::mutex worker_mutex_;
  std::thread worker_;
};

/// Makes a handle of it, which stays valid until taken.
[[nodiscard]] ncclComm_t register_communicator(std::shared_ptr<Comm> comm);

/// The live one. Throws Error `argument` for null, for what was let go of, and for anything else
/// that is no handle; `usage` in a forked child, where no communicator lives on.
[[nodiscard]] std::shared_ptr<Comm> communicator_of(ncclComm_t handle);

/// As communicator_of, for calls that need it ready. Throws what Comm::require_ready does.
[[nodiscard]] std::shared_ptr<Comm> ready_communicator(ncclComm_t handle);

/// As communicator_of; from then on the handle is not valid.
[[nodiscard]] std::shared_ptr<Comm> take_communicator(ncclComm_t handle);

/// The handle is not valid any longer, if it still was.
void forget_communicator(ncclComm_t handle) noexcept;

/// "rank 2 of 4", as messages call it.
[[nodiscard]] std::string name_of(const Comm& comm);

}  // namespace septet::abi
