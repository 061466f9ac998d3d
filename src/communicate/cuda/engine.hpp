// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/communicator_state.hpp"
#include "communicate/cuda/combiner.hpp"
#include "communicate/cuda/device_state.hpp"
#include "communicate/cuda/handles.hpp"
#include "communicate/cuda/keeper.hpp"
#include "communicate/cuda/kernels.hpp"
#include "communicate/cuda/messenger.hpp"
#include "communicate/cuda/relay.hpp"
#include "communicate/cuda/stream_order.hpp"
#include <septet/device_communicator.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace septet {

/// A call that is right, as far as its rank can tell. The spans are the caller's.
struct DeviceCall {
  std::span<const Operation> group;
  std::span<const cudaStream_t> streams;
  Capture capture;
};

/// One rank's side of a DeviceCommunicator: cuts operations into kernels and enqueues them.
class DeviceEngine {
 public:
  DeviceEngine(const Membership& membership, const Settings& settings);
  DeviceEngine(const DeviceEngine&) = delete;
  DeviceEngine& operator=(const DeviceEngine&) = delete;
  /// Waits for what was enqueued. See leaving.hpp.
  ~DeviceEngine();

  [[nodiscard]] CommunicatorState& state() noexcept { return state_; }
  [[nodiscard]] const CommunicatorState& state() const noexcept { return state_; }
  [[nodiscard]] int device() const noexcept { return device_; }

  [[nodiscard]] bool waits_on_host() const noexcept { return relay_ != nullptr; }

  /// Throws, as DeviceCommunicator::enqueue does, what is wrong with a call before any of it is
  /// enqueued. Nothing is broken then, unless CUDA itself fails.
  [[nodiscard]] DeviceCall checked(std::span<const Operation> group,
                                   std::span<const cudaStream_t> streams);

  /// How a call of `operation` goes; `captured`: into a graph.
  [[nodiscard]] Path path_of(const Operation& operation, bool captured) const;

  /// How many blocks of a kernel run at once: more would wait for some that cannot begin, so wishes
  /// for more are not obeyed.
  [[nodiscard]] std::uint32_t blocks_of_device() const noexcept { return blocks_of_device_; }

  /// When it throws, the communicator is broken.
  void enqueue(const DeviceCall& call);

  /// See DeviceCommunicator. After an abort it asks the device what had ended by then.
  void check_own_calls();

  /// Ends the threads, and tells the other ranks that this one lets go. Requires: the communicator
  /// is broken, and will not be used again.
  void stop() noexcept;

  /// Whether all calls that were not captured have ended. Never waits.
  [[nodiscard]] bool has_ended() const noexcept;

  /// A collective on host memory, between the ranks of this communicator, beside those on the
  /// device. Blocks.
  void run_on_host(const Operation& operation);

 private:
  [[nodiscard]] bool has_core_for_combiner();
  [[nodiscard]] bool must_wait_on_host();
  [[nodiscard]] double fastest_barrier_us();
  /// Breaks the communicator, and throws Error `peer` when another rank is to blame.
  void give_up(std::span<const Operation> group);
  void enqueue_group(const DeviceCall& call);
  void enqueue_alone(std::span<const Operation> group, cudaStream_t stream);
  void enqueue_collective(const Operation& operation, cudaStream_t stream, bool captured);
  [[nodiscard]] Mail mail_for(const Operation& operation) const;
  [[nodiscard]] ExchangePlan plan_of(const Operation& operation) const;
  [[nodiscard]] Path path_of(const ExchangePlan& plan, bool captured) const;
  /// Throws Error `argument` when SEPTET_PATH forces what cannot carry `operation`.
  void check_path(const Operation& operation, bool captured) const;
  void enqueue_exchange(ExchangePlan plan, cudaStream_t stream, bool host_combines);
  [[nodiscard]] BlockCrew crew_for(const ExchangePlan& plan, bool host_combines) const;
  [[nodiscard]] bool host_combines(const ExchangePlan& plan, bool captured) const;

  int device_;
  CommunicatorState state_;
  Passage control_;  ///< For run_on_host.
  Registration registration_;
  Ring ring_;  ///< The three by the device's addresses.
  Mail mail_;
  Station station_;
  std::uint64_t* begun_on_device_;
  std::unique_ptr<DeviceState, DeviceFree> on_device_;
  StreamOrder order_;
  bool may_combine_ = false;            ///< Whether there are cores for host threads that combine.
  std::uint32_t blocks_of_device_ = 0;  ///< So many run at once,
  std::uint32_t resident_blocks_ = 0;   ///< and so many are used, unless others are asked for.
  bool sets_up_early_ = false;
  std::optional<Messenger> messenger_;  ///< Of several ranks whose kernels may wait.
  std::optional<Combiner> combiner_;    ///< Both until stop().
  std::optional<Keeper> keeper_;
  std::unique_ptr<Relay> relay_;  ///< When kernels must not wait.
};

}  // namespace septet
