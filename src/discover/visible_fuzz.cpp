// SPDX-License-Identifier: Apache-2.0
// The first byte says which variable, place and surroundings, the rest is the list. Whatever it
// is, it is refused or leaves slices that the host has.
#include "discover/smi_text.hpp"
#include "discover/visible.hpp"
#include <septet/environment.hpp>
#include <septet/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

septet::Host host() {
  return septet::parse_smi_text(
      "GPU 0: A (UUID: GPU-aaaa1111)\n"
      " MIG 1g.5gb Device 0: (UUID: MIG-11111111)\n"
      " MIG 1g.5gb Device 1: (UUID: MIG-11112222)\n"
      "GPU 1: A (UUID: GPU-aaaa2222)\n"
      "GPU 2: A (UUID: GPU-bbbb3333)\n"
      " MIG 7g.40gb Device 0: (UUID: MIG-GPU-bbbb3333/0/0)\n",
      "nvml");
}

septet::Environment environment(std::uint8_t choice, std::string_view list) {
  septet::Environment result;
  if ((choice & 1U) != 0) result.set("CUDA_VISIBLE_DEVICES", list);
  if ((choice & 2U) != 0) result.set("NVIDIA_VISIBLE_DEVICES", list);
  if ((choice & 4U) != 0) result.set("SLURM_JOB_ID", "7");
  if ((choice & 8U) != 0) result.set("SEPTET_SLICES", list);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view list(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto place = (data[0] & 16U) != 0 ? septet::Place::container : septet::Place::host;
  const auto variables = environment(data[0], list);
  try {
    const auto all = slices_of(host());
    const auto part = leased_part(visible_part(host(), variables, place), variables);
    const auto left = slices_of(part);
    const bool subset = std::ranges::all_of(left, [&](const septet::Slice& slice) {
      return std::ranges::find(all, slice) != all.end();
    });
    const bool told = left.size() == all.size() || !part.hidden_by.empty();
    if (!subset || !told) __builtin_trap();
  } catch (const septet::Error&) {
    return 0;
  }
  return 0;
}
