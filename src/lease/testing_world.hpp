// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/test_folder.hpp"
#include <septet/driver.hpp>
#include <septet/host.hpp>
#include <septet/request.hpp>

#include <string>
#include <utility>

namespace septet {

/// For tests: always the same host.
class FixedDriver final : public Driver {
 public:
  explicit FixedDriver(Host host) : host_(std::move(host)) {}
  [[nodiscard]] Host survey() override { return host_; }

 private:
  Host host_;
};

/// For tests: slice `index` of GPU "GPU-0".
[[nodiscard]] inline Slice mig_slice(int index) {
  Slice slice;
  slice.uuid = "MIG-" + std::to_string(index);
  slice.profile = "1g.5gb";
  slice.memory_bytes = 5'100'273'664;
  slice.multiprocessors = 14;
  slice.compute_slices = 1;
  slice.gpu_uuid = "GPU-0";
  slice.index = index;
  slice.gpu_instance = 7 + index;
  slice.compute_instance = 0;
  return slice;
}

/// For tests: one GPU "GPU-0" with equal slices "MIG-0", "MIG-1", ….
[[nodiscard]] inline Host mig_host(int slices) {
  Gpu gpu;
  gpu.uuid = "GPU-0";
  gpu.name = "NVIDIA A100-SXM4-40GB";
  gpu.state = GpuState::partitioned;
  gpu.mig = {.supported = true, .current = true, .pending = true};
  for (int i = 0; i < slices; ++i) gpu.slices.push_back(mig_slice(i));
  Host host;
  host.source = "test";
  host.gpus = {gpu};
  return host;
}

/// For tests: any `count` slices.
[[nodiscard]] inline Request any(int count) {
  Request request;
  request.slices = count;
  return request;
}

}  // namespace septet
