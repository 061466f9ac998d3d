// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

#include <cstdio>

namespace septet::standin {
namespace {

template <typename... Numbers>
std::string formatted(const char* format, Numbers... numbers) {
  char text[32];
  std::snprintf(text, sizeof text, format, numbers...);
  return text;
}

}  // namespace

std::string long_bus_id(const simulated::Gpu& gpu) {
  const auto [domain, bus, device] = pci_of(gpu);
  return formatted("%08X:%02X:%02X.0", domain, bus, device);
}

std::string short_bus_id(const simulated::Gpu& gpu) {
  const auto [domain, bus, device] = pci_of(gpu);
  return formatted("%04X:%02X:%02X.0", domain, bus, device);
}

std::string serial_of(const simulated::Gpu& gpu) { return formatted("1650%09d", gpu.index + 1); }

}  // namespace septet::standin
