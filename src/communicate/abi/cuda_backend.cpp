// SPDX-License-Identifier: Apache-2.0
// Devices of CUDA.
#include "communicate/abi/backend.hpp"
#include "communicate/abi/device_name.hpp"
#include "communicate/cuda/check.hpp"
#include "communicate/cuda/device_state.hpp"
#include "communicate/cuda/handles.hpp"
#include "communicate/settings.hpp"
#include <septet/device_communicator.hpp>

#include <cuda_runtime_api.h>

#include <string>

namespace septet::abi {
namespace {

class CudaChannel final : public Channel {
 public:
  explicit CudaChannel(const Membership& membership) : communicator_(membership) {}

  [[nodiscard]] int rank() const noexcept override { return communicator_.rank(); }
  [[nodiscard]] int size() const noexcept override { return communicator_.size(); }
  [[nodiscard]] int device() const noexcept override { return communicator_.device(); }

  void gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    communicator_.gather_on_host(mine, all);
  }
  void abort() noexcept override { communicator_.abort(); }
  void check() const override { communicator_.check_own_calls(); }
  [[nodiscard]] bool has_ended() const noexcept override { return communicator_.has_ended(); }

  [[nodiscard]] std::size_t device_bytes() const noexcept override { return sizeof(DeviceState); }

  [[nodiscard]] std::string path() const override {
    if (!communicator_.waits_on_host()) {
      return "host memory, written and read by kernels, which wait for other ranks";
    }
    const bool chosen = settings_from_environment().wait_on == WaitOn::host;
    return "host memory, copied by the stream, whose host functions wait for other ranks: " +
           std::string(chosen ? "SEPTET_WAIT_ON=host" : "ranks share a GPU by time slices");
  }

  [[nodiscard]] DeviceCommunicator& communicator() noexcept { return communicator_; }

 private:
  DeviceCommunicator communicator_;
};

class CudaBackend final : public Backend {
 public:
  [[nodiscard]] int device_count() const override {
    int count = 0;
    check(cudaGetDeviceCount(&count), "count the devices");
    return count;
  }

  [[nodiscard]] int current_device() const override {
    int device = 0;
    check(cudaGetDevice(&device), "ask for the current device");
    return device;
  }

  void select_device(int device) const override {
    check(cudaSetDevice(device), "select the device");
  }

  void restore_device(int device) const noexcept override { cudaSetDevice(device); }

  [[nodiscard]] std::string name_of(int device) const override { return device_name(device); }

  [[nodiscard]] void* allocate(std::size_t bytes) const override {
    const RelaxedCapture relaxed;
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "allocate device memory");
    return memory;
  }

  void free(void* memory) const override {
    const RelaxedCapture relaxed;
    check(cudaFree(memory), "free device memory");
  }

  [[nodiscard]] std::unique_ptr<Channel> connect(const Membership& membership) const override {
    return std::make_unique<CudaChannel>(membership);
  }

  void launch(std::span<const Launch> launches) const override {
    std::vector<DeviceGroup> groups;
    for (const auto& each : launches) {
      auto& channel = dynamic_cast<CudaChannel&>(*each.channel);
      groups.push_back({&channel.communicator(), each.operations, each.streams});
    }
    enqueue_together(groups);
  }
};

}  // namespace

const Backend& backend() {
  static const CudaBackend only;
  return only;
}

}  // namespace septet::abi
