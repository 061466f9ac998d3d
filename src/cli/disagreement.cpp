// SPDX-License-Identifier: Apache-2.0
#include "cli/disagreement.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace septet::cli {
namespace {

using Texts = std::vector<std::string>;

const Gpu* gpu_of(const Host& host, const Slice& slice) {
  for (const auto& gpu : host.gpus) {
    if (gpu.index == slice.gpu) return &gpu;
  }
  return nullptr;
}

/// "1g.5gb" of "NVIDIA A100-SXM4-40GB MIG 1g.5gb"; empty for the name of a whole GPU.
std::string_view profile_in(std::string_view name) {
  constexpr std::string_view mark = " MIG ";
  const auto start = name.find(mark);
  return start == std::string_view::npos ? "" : name.substr(start + mark.size());
}

void compare_names(const Host& host, const Slice& slice, const CudaDevice& device, Texts& texts) {
  const auto* gpu = gpu_of(host, slice);
  const auto profile = profile_in(device.name);
  const bool same = slice.kind == SliceKind::mig ? profile.empty() || profile == slice.profile
                                                 : gpu == nullptr || device.name == gpu->name;
  if (!same) {
    texts.push_back(fmt::format("its name is {}, not {}", device.name,
                                slice.kind == SliceKind::mig ? slice.profile : gpu->name));
  }
}

/// What MPS limits a share to shows only as free memory, in a context; the total stays the GPU's
/// (seen on an H200, driver 580). Less than the limit may be free: the context takes some.
void compare_limit(const Slice& slice, const CudaDevice& device, Texts& texts) {
  if (!device.memory || device.memory->free_bytes <= slice.memory_bytes) return;
  texts.push_back(fmt::format("it has {} free, not {} at most: the share's limit is not in force",
                              format_bytes(device.memory->free_bytes),
                              format_bytes(slice.memory_bytes)));
}

void compare_memory(const Slice& slice, const CudaDevice& device, Texts& texts) {
  if (slice.kind == SliceKind::mps) return compare_limit(slice, device, texts);
  if (device.memory_bytes == 0 || slice.memory_bytes == 0) return;
  // NVML counts what the driver keeps for itself on a whole GPU: 1.5 % of an A100 40 GB.
  const double allowed = slice.kind == SliceKind::full ? 0.03 : 0.01;
  const auto told = static_cast<double>(slice.memory_bytes);
  if (std::abs(static_cast<double>(device.memory_bytes) - told) <= allowed * told) return;
  texts.push_back(fmt::format("it has {}, not {}", format_bytes(device.memory_bytes),
                              format_bytes(slice.memory_bytes)));
}

void compare_multiprocessors(const Slice& slice, const CudaDevice& device, Texts& texts) {
  if (slice.multiprocessors == 0 || device.multiprocessors == 0) return;
  // MPS gives a percentage of the SMs, and rounds.
  const int allowed = slice.kind == SliceKind::mps ? 2 : 0;
  if (std::abs(slice.multiprocessors - device.multiprocessors) <= allowed) return;
  texts.push_back(
      fmt::format("it has {} SMs, not {}", device.multiprocessors, slice.multiprocessors));
}

/// Whether the uuid is that of another slice. Which one CUDA tells inside of a slice, the slice's
/// or its GPU's, differs between drivers, so nothing else is a mistake.
void compare_uuids(const Host& host, const Slice& slice, const CudaDevice& device, Texts& texts) {
  if (device.uuid.empty()) return;
  for (const auto& other : slices_of(host)) {
    if (other.uuid.ends_with(device.uuid) && other.uuid != slice.uuid &&
        other.kind == SliceKind::mig) {
      texts.push_back(fmt::format("it is slice {}, not {}", position(other), position(slice)));
    }
  }
}

Mistake no_device(const CudaView& cuda) {
  return {
      "cuda-shows-nothing", "CUDA shows no device",
      cuda.trouble.empty() ? "the variables hide all, or name none that it knows" : cuda.trouble,
      "see the other findings; without any, whether nvidia-smi -L works here and the program's "
      "CUDA is no newer than the driver"};
}

}  // namespace

std::vector<Mistake> find_disagreements(const Sight& sight) {
  if (!sight.cuda) return {};
  if (sight.cuda->devices.empty()) return {no_device(*sight.cuda)};
  const auto* slice = own_slice(sight);
  if (slice == nullptr) return {};

  const auto& device = sight.cuda->devices.front();
  Texts texts;
  compare_names(*sight.host, *slice, device, texts);
  compare_memory(*slice, device, texts);
  compare_multiprocessors(*slice, device, texts);
  compare_uuids(*sight.host, *slice, device, texts);
  if (texts.empty()) return {};
  return {{"another-device",
           fmt::format("CUDA's device 0 is not slice {} ({}): {}", position(*slice), slice->uuid,
                       join(texts, "; ")),
           "a variable was changed after CUDA or its program started, or the slice was cut anew",
           "start it again with septet run, which looks at the slice once more before it starts"}};
}

}  // namespace septet::cli
