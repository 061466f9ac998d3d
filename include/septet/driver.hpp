// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>

#include <memory>
#include <string_view>

namespace septet {

class Environment;

/// Where a Host comes from: NVML, an `nvidia-smi -L` text, a simulation, or MPS over NVML.
/// One thread at a time.
class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  /// Reads the host anew. What one GPU refuses is recorded in its `state`, never thrown; throws
  /// Error `device` when the source as a whole cannot answer, with the remedy.
  [[nodiscard]] virtual Host survey() = 0;
};

/// The driver that `devices` names: "auto", "nvml", "mps:N", "sim:SPEC" or "smi:FILE".
///
/// "auto" is NVML. What this process may use narrows the answer: SEPTET_SLICES (set by launch, and
/// exact) for every source; without it CUDA_VISIBLE_DEVICES, NVIDIA_VISIBLE_DEVICES and a Slurm
/// step for "nvml" and "mps:", by the rules in visible.hpp. Throws Error `argument` if `devices`
/// is none of these.
[[nodiscard]] std::unique_ptr<Driver> open_driver(std::string_view devices,
                                                  const Environment& environment);

}  // namespace septet
