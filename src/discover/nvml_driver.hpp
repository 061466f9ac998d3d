// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discover/nvml_library.hpp"
#include <septet/driver.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace septet {

/// Where NVML and the kernel's view of PCI are found; tests have their own.
struct NvmlPlaces {
  std::string library = "libnvidia-ml.so.1";  ///< A file, or a name on the loader's path.
  std::filesystem::path sysfs = "/sys";
};

/// The driver of "nvml". Loads nothing yet: the first survey does, and throws Error `device` where
/// there is no driver. Between surveys nothing of the driver is open.
[[nodiscard]] std::unique_ptr<Driver> open_nvml(NvmlPlaces places = {});

/// The host as `nvml` tells it, within a Session. Needs no privilege. What one GPU or instance
/// refuses is skipped or told in its Gpu. Throws Error `device` if the GPUs cannot be counted.
[[nodiscard]] Host survey_nvml(const nvml::Functions& nvml, const std::filesystem::path& sysfs);

}  // namespace septet
