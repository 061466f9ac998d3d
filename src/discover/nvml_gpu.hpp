// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/nvml_library.hpp"
#include <septet/host.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace septet {

/// Reads one GPU through NVML. Within a Session; owns nothing.
class NvmlGpu {
 public:
  NvmlGpu(const nvml::Functions& nvml, const std::filesystem::path& sysfs, int index)
      : nvml_(nvml), sysfs_(sysfs) {
    gpu_.index = index;
  }

  /// The GPU with its slices. Never throws what NVML refuses: see Gpu::state and Gpu::trouble.
  [[nodiscard]] Gpu read();

 private:
  [[nodiscard]] nvml::Result identify();
  [[nodiscard]] nvml::Result measure();
  void refuse(nvml::Result result);
  void locate();
  void read_mode();
  void read_whole();
  void read_instances();
  void read_instance(int index, nvml::Device mig);
  void shape(Slice& slice, nvml::Device mig) const;
  [[nodiscard]] std::vector<Process> processes_of(nvml::Device device, const Slice& slice) const;
  [[nodiscard]] int count_multiprocessors() const;

  const nvml::Functions& nvml_;
  const std::filesystem::path& sysfs_;
  nvml::Device device_ = nullptr;
  Gpu gpu_;
};

}  // namespace septet
