// SPDX-License-Identifier: Apache-2.0
#include "discover/nvml_driver.hpp"

#include "discover/nvml_gpu.hpp"
#include <septet/error.hpp>

#include <array>
#include <optional>
#include <utility>

namespace septet {
namespace {

/// Keeps the library loaded between surveys, and the driver closed.
class NvmlDriver final : public Driver {
 public:
  explicit NvmlDriver(NvmlPlaces places) : places_(std::move(places)) {}

  Host survey() override {
    if (!library_) library_.emplace(places_.library);
    const nvml::Session session(library_->functions());
    return survey_nvml(library_->functions(), places_.sysfs);
  }

 private:
  NvmlPlaces places_;
  std::optional<nvml::Library> library_;
};

std::string driver_version(const nvml::Functions& nvml) {
  std::array<char, nvml::version_size> text{};
  ask(nvml.driver_version, text.data(), nvml::version_size);
  text.back() = '\0';
  return text.data();
}

int cuda_version(const nvml::Functions& nvml) {
  int version = 0;
  const auto result = ask(nvml.cuda_version, &version);
  return result == nvml::Result::success ? version : 0;
}

int count_gpus(const nvml::Functions& nvml) {
  unsigned count = 0;
  const auto result = ask(nvml.device_count, &count);
  if (result == nvml::Result::success) return static_cast<int>(count);
  throw Error(ErrorKind::device, "the NVIDIA driver does not count its GPUs (" +
                                     words_for(nvml, result) + "); nvidia-smi may tell more");
}

}  // namespace

std::unique_ptr<Driver> open_nvml(NvmlPlaces places) {
  return std::make_unique<NvmlDriver>(std::move(places));
}

Host survey_nvml(const nvml::Functions& nvml, const std::filesystem::path& sysfs) {
  Host host;
  host.source = "nvml";
  host.driver_version = driver_version(nvml);
  host.cuda_version = cuda_version(nvml);
  const int count = count_gpus(nvml);
  for (int index = 0; index < count; ++index) {
    host.gpus.push_back(NvmlGpu(nvml, sysfs, index).read());
  }
  return host;
}

}  // namespace septet
