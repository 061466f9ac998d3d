// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/mps_place.hpp"
#include <septet/environment.hpp>
#include <septet/unique_fd.hpp>

#include <sys/types.h>

#include <optional>
#include <string_view>

namespace septet {

/// NVIDIA's program that is the MPS control daemon and also speaks to it.
inline constexpr std::string_view mps_control_program = "nvidia-cuda-mps-control";

/// The MPS control daemon of one place, alive when found or started. Does not end with this object.
/// Touches neither clocks nor compute mode: a GPU in the default mode serves MPS clients as well.
class MpsControl {
 public:
  /// The daemon that answers at `place`, whoever started it.
  [[nodiscard]] static std::optional<MpsControl> find(const MpsPlace& place,
                                                      const Environment& environment);

  /// Starts a daemon for the one GPU of `place` and waits until it answers, at most 20 s. Throws
  /// Error `device` when it does not.
  [[nodiscard]] static MpsControl start(const MpsPlace& place, const Environment& environment);

  /// Readable once the daemon has ended.
  [[nodiscard]] int ended() const noexcept { return process_.get(); }

  /// Ends the daemon and its servers: by asking, at most for 5 s, then by KILL.
  void stop();

 private:
  MpsControl(Environment environment, pid_t pid, UniqueFd process);

  Environment environment_;
  pid_t pid_;
  UniqueFd process_;
};

/// Whether `pid` is a daemon that a keeper started. Launch leaves it alone, as it does its keeper:
/// when that is killed, the daemon falls to the launcher that had started the keeper, but clients
/// of other leases go on with it until the next keeper takes it over. A daemon that a command
/// started for itself is not one of these.
[[nodiscard]] bool is_kept_mps_daemon(pid_t pid);

}  // namespace septet
