// SPDX-License-Identifier: Apache-2.0
#include "launch/device_environment.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "discover/mps_driver.hpp"
#include "launch/mps_place.hpp"

#include <algorithm>
#include <string>

namespace septet {
namespace {

const std::string& cuda_name(const Slice& slice) {
  return slice.kind == SliceKind::mps ? slice.gpu_uuid : slice.uuid;
}

/// Those that one process can use together with the first.
std::vector<std::string> usable_together(const std::vector<Slice>& slices) {
  if (slices.front().kind == SliceKind::mps) return {slices.front().gpu_uuid};
  std::vector<std::string> names;
  for (const auto& slice : slices) {
    if (slice.kind != SliceKind::mps) names.push_back(slice.uuid);
  }
  return names;
}

Environment::Variables share_of(const Slice& slice, const std::filesystem::path& lease_folder) {
  const auto place = mps_place(lease_folder, slice.gpu_uuid);
  const auto percentage = mps_percentage(mps_shares(slice));
  // The client sees one device, so its ordinal is 0. M is 2^20 here.
  const auto limit = "0=" + std::to_string(slice.memory_bytes / mebibyte) + "M";
  return {{"CUDA_MPS_PIPE_DIRECTORY", place.pipe().native()},
          {"CUDA_MPS_LOG_DIRECTORY", place.log().native()},
          {"CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", std::to_string(percentage)},
          {"CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", limit}};
}

}  // namespace

Environment::Variables device_environment(const std::vector<Slice>& slices,
                                          const std::filesystem::path& lease_folder) {
  std::vector<std::string> each;
  std::ranges::transform(slices, std::back_inserter(each), cuda_name);
  const auto& first = slices.front();
  auto variables =
      first.kind == SliceKind::mps ? share_of(first, lease_folder) : Environment::Variables{};
  variables["CUDA_VISIBLE_DEVICES"] = join(usable_together(slices), ",");
  variables["NVIDIA_VISIBLE_DEVICES"] = join(each, ",");
  return variables;
}

}  // namespace septet
