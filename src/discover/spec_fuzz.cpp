// SPDX-License-Identifier: Apache-2.0
// Any text is refused with an Error or is a host that obeys MIG's rules and survives its state
// file.
#include "discover/simulated_state.hpp"
#include "discover/spec.hpp"
#include <septet/error.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace septet::simulated {
namespace {

bool obeys(const Gpu& gpu) {
  int compute = 0;
  std::set<std::string> uuids;
  for (const auto& instance : gpu.instances) compute += instance.profile->compute_slices;
  for (const auto& device : mig_devices(gpu)) uuids.insert(uuid_of(gpu, device));
  return compute <= gpu.model->compute_slices && uuids.size() == mig_devices(gpu).size();
}

/// Throws what reading SPEC throws.
void check(std::string_view spec) {
  const auto world = parse_spec(spec);
  for (const auto& gpu : world.gpus) {
    if (!obeys(gpu)) __builtin_trap();
  }
  const auto state = write_state(world);
  if (write_state(read_state(state)) != state) __builtin_trap();
}

}  // namespace
}  // namespace septet::simulated

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view spec(reinterpret_cast<const char*>(data), size);
  try {
    septet::simulated::check(spec);
  } catch (const septet::Error& error) {
    if (error.kind() != septet::ErrorKind::argument) __builtin_trap();
  }
  return 0;
}
