// SPDX-License-Identifier: Apache-2.0
// The live handles of this process.
#include "communicate/abi/communicator.hpp"
#include <septet/error.hpp>

#include <unistd.h>

#include <bit>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace septet::abi {
namespace {

/// Handles are numbers that are never given twice, so one that was let go of is known for ever.
/// Its lock is held for a look and no longer.
class Registry {
 public:
  ncclComm_t add(std::shared_ptr<Comm> comm) {
    require_own_process();
    const std::scoped_lock lock(mutex_);
    const auto handle = std::bit_cast<ncclComm_t>(next_ += step);
    live_.emplace(handle, std::move(comm));
    return handle;
  }

  std::shared_ptr<Comm> find(ncclComm_t handle) {
    require_own_process();
    const std::scoped_lock lock(mutex_);
    return place_of(handle)->second;
  }

  std::shared_ptr<Comm> take(ncclComm_t handle) {
    require_own_process();
    const std::scoped_lock lock(mutex_);
    const auto place = place_of(handle);
    auto comm = std::move(place->second);
    live_.erase(place);
    return comm;
  }

  void forget(ncclComm_t handle) noexcept {
    const std::scoped_lock lock(mutex_);
    live_.erase(handle);
  }

 private:
  using Live = std::unordered_map<ncclComm_t, std::shared_ptr<Comm>>;
  static constexpr std::uintptr_t step = 64;

  /// Before the lock: another thread may have held it when this process was forked.
  void require_own_process() const {
    if (pid_ == ::getpid()) return;
    throw Error(ErrorKind::usage,
                "communicators were made before fork(), and live in the parent alone: communicate "
                "there, or start processes afresh (spawn)");
  }

  Live::iterator place_of(ncclComm_t handle) {
    const auto place = live_.find(handle);
    if (place != live_.end()) return place;
    if (handle == nullptr) throw Error(ErrorKind::argument, "the communicator is null");
    throw Error(ErrorKind::argument,
                "not a live communicator: it was destroyed or aborted, or never made by this "
                "library");
  }

  const pid_t pid_ = ::getpid();
  std::mutex mutex_;
  std::uintptr_t next_ = 0x5e97e7000000;
  Live live_;
};

/// Never destroyed: threads may call until the very end of the process, and CUDA may be gone then.
Registry& registry() {
  static auto* const only = new Registry;
  return *only;
}

}  // namespace

ncclComm_t register_communicator(std::shared_ptr<Comm> comm) {
  return registry().add(std::move(comm));
}

std::shared_ptr<Comm> communicator_of(ncclComm_t handle) { return registry().find(handle); }

std::shared_ptr<Comm> ready_communicator(ncclComm_t handle) {
  auto comm = communicator_of(handle);
  comm->require_ready();
  return comm;
}

std::shared_ptr<Comm> take_communicator(ncclComm_t handle) { return registry().take(handle); }

void forget_communicator(ncclComm_t handle) noexcept { registry().forget(handle); }

}  // namespace septet::abi
