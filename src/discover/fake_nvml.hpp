// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/nvml_library.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace septet::nvml {

/// A GPU or an instance of FakeNvml: what it answers, and what it refuses.
struct FakeDevice {
  std::string uuid;
  std::string name;
  std::uint64_t memory_bytes = 0;
  Result memory_answer = Result::success;
  std::vector<ProcessInfo> processes;
  Result answer = Result::success;  ///< To every call on the device.
};

struct FakeInstance : FakeDevice {
  unsigned gpu_instance = 0;
  unsigned compute_instance = 0;
  std::optional<DeviceAttributes> attributes;
};

struct FakeGpu : FakeDevice {
  Result open_answer = Result::success;
  std::string bus_id;
  unsigned cores = 0;
  int compute_capability = 80;  ///< Major and minor as one number.
  unsigned long cpu_mask = 0;   ///< 0: affinity is not supported.
  bool mig_supported = false;
  unsigned mig_current = mig_off;
  unsigned mig_pending = mig_off;
  std::vector<std::optional<FakeInstance>> instances;  ///< By index, with holes.
  Result hole_answer = Result::not_found;
};

/// A small world that answers as a driver would. Must outlive, and not move under, `functions()`.
struct FakeNvml {
  std::vector<FakeGpu> gpus;
  Result init_answer = Result::success;
  Result count_answer = Result::success;
  int sessions = 0;  ///< How many inits are not shut down.

  [[nodiscard]] Functions functions();
};

/// An A100 with MIG on and no instances.
[[nodiscard]] FakeGpu fake_a100(int number);

/// Instance `number` of `gpu`, "1g.5gb" in GPU instance 7 + number.
[[nodiscard]] FakeInstance fake_1g(const FakeGpu& gpu, int number);

}  // namespace septet::nvml
