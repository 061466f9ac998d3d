// SPDX-License-Identifier: Apache-2.0
// The driver's functions are asked for by name: nothing here links to it.
#include "communicate/abi/device_name.hpp"

#include <cuda_runtime_api.h>

#include <array>
#include <cstdio>
#include <optional>

namespace septet::abi {
namespace {

using Uuid = std::array<unsigned char, 16>;

/// What cuDeviceGetUuid and its second version are; the driver's own header is not needed for that.
using GetUuid = int (*)(unsigned char* uuid, int device);

/// Which CUDA has the function as it is called here. Source: CUDA driver API, version 11.4.
constexpr unsigned since = 11040;

std::optional<Uuid> ask(const char* function, int device) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult status{};
  const auto result =
      cudaGetDriverEntryPointByVersion(function, &found, since, cudaEnableDefault, &status);
  if (result != cudaSuccess || found == nullptr) {
    (void)cudaGetLastError();
    return std::nullopt;
  }
  Uuid uuid{};
  // The runtime numbers the devices as the driver does.
  const int refused = reinterpret_cast<GetUuid>(found)(uuid.data(), device);
  return refused == 0 ? std::optional(uuid) : std::nullopt;
}

std::string text_of(const Uuid& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned>(uuid[i]));
    text += digits.data();
  }
  return text;
}

}  // namespace

std::string device_name(int device) {
  // Of a slice the second version answers its own UUID, the first one that of its GPU.
  const auto gpu = ask("cuDeviceGetUuid", device);
  auto own = ask("cuDeviceGetUuid_v2", device);
  if (!own) own = gpu;
  if (!own) return "device " + std::to_string(device);
  return (gpu && *own != *gpu ? "MIG-" : "GPU-") + text_of(*own);
}

}  // namespace septet::abi
