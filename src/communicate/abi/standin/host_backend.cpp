// SPDX-License-Identifier: Apache-2.0
// Stands in for CUDA where there is no GPU: buffers are host memory, and there are as many devices
// as SEPTET_STANDIN_DEVICES says, 8 without it. Streams mean nothing: a call returns when this
// rank's part is done, so that one may block where CUDA's would only be enqueued.
#include "communicate/abi/backend.hpp"
#include <septet/error.hpp>

#include <cstdlib>
#include <new>
#include <string>

namespace septet::abi {
namespace {

/// Which device a thread has chosen, as the CUDA runtime keeps it.
thread_local int chosen = 0;

class HostChannel final : public Channel {
 public:
  HostChannel(const Membership& membership, int device)
      : communicator_(membership), device_(device) {}

  [[nodiscard]] int rank() const noexcept override { return communicator_.rank(); }
  [[nodiscard]] int size() const noexcept override { return communicator_.size(); }
  [[nodiscard]] int device() const noexcept override { return device_; }

  void gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    communicator_.all_gather(mine.data(), all.data(), mine.size(), DataType::uint8);
  }
  void abort() noexcept override { communicator_.abort(); }
  void check() const override { communicator_.check_own_calls(); }
  [[nodiscard]] bool has_ended() const noexcept override { return true; }

  [[nodiscard]] std::size_t device_bytes() const noexcept override { return 0; }
  [[nodiscard]] std::string path() const override { return "host memory, without any device"; }

  [[nodiscard]] Communicator& communicator() noexcept { return communicator_; }

 private:
  Communicator communicator_;
  int device_;
};

class HostBackend final : public Backend {
 public:
  [[nodiscard]] int device_count() const override {
    const char* count = std::getenv("SEPTET_STANDIN_DEVICES");
    return count == nullptr ? 8 : std::atoi(count);
  }

  [[nodiscard]] int current_device() const override { return chosen; }

  void select_device(int device) const override {
    if (device < 0 || device >= device_count()) {
      throw Error(ErrorKind::argument, "device " + std::to_string(device) + ": there are " +
                                           std::to_string(device_count()));
    }
    chosen = device;
  }

  void restore_device(int device) const noexcept override { chosen = device; }

  [[nodiscard]] std::string name_of(int device) const override {
    return "device " + std::to_string(device);
  }

  [[nodiscard]] void* allocate(std::size_t bytes) const override { return ::operator new(bytes); }
  void free(void* memory) const override { ::operator delete(memory); }

  [[nodiscard]] std::unique_ptr<Channel> connect(const Membership& membership) const override {
    return std::make_unique<HostChannel>(membership, chosen);
  }

  void launch(std::span<const Launch> launches) const override {
    std::vector<GroupOf> groups;
    for (const auto& each : launches) {
      auto& channel = dynamic_cast<HostChannel&>(*each.channel);
      groups.push_back({&channel.communicator(), each.operations});
    }
    run_together(groups);
  }
};

}  // namespace

const Backend& backend() {
  static const HostBackend only;
  return only;
}

}  // namespace septet::abi
