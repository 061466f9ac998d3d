// SPDX-License-Identifier: Apache-2.0
#include "launch/device_environment.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string>

namespace septet {
namespace {

/// A stand-in is a share of a GPU that CUDA knows by the GPU's name only.
const std::string& cuda_name(const Slice& slice) {
  return slice.kind == SliceKind::mps ? slice.gpu_uuid : slice.uuid;
}

}  // namespace

Environment::Variables device_environment(const std::vector<Slice>& slices) {
  std::vector<std::string> names;
  for (const auto& slice : slices) {
    const auto& name = cuda_name(slice);
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  const auto list = join(names, ",");
  return {{"CUDA_VISIBLE_DEVICES", list}, {"NVIDIA_VISIBLE_DEVICES", list}};
}

}  // namespace septet
