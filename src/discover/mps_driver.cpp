// SPDX-License-Identifier: Apache-2.0
#include "discover/mps_driver.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace septet {
namespace {

constexpr std::string_view profile_prefix = "mps.";

Slice stand_in(const Slice& whole, int shares, int index) {
  const auto count = std::to_string(shares);
  Slice slice = whole;
  slice.uuid = "MPS-" + whole.gpu_uuid + "-" + count + "." + std::to_string(index);
  slice.kind = SliceKind::mps;
  slice.profile = std::string(profile_prefix) + count;
  slice.memory_bytes = mps_memory(whole.memory_bytes, shares);
  slice.multiprocessors = mps_multiprocessors(whole.multiprocessors, mps_percentage(shares));
  slice.index = index;
  // Which stand-in a process of the GPU belongs to is not to be seen from outside.
  slice.processes.clear();
  return slice;
}

void cut(Gpu& gpu, int shares) {
  if (gpu.state != GpuState::full || gpu.slices.empty()) return;
  const Slice whole = gpu.slices.front();
  gpu.state = GpuState::shared;
  gpu.slices.clear();
  for (int index = 0; index < shares; ++index) {
    gpu.slices.push_back(stand_in(whole, shares, index));
  }
}

class MpsDriver final : public Driver {
 public:
  MpsDriver(int shares, std::unique_ptr<Driver> gpus) : shares_(shares), gpus_(std::move(gpus)) {}

  Host survey() override {
    Host host = gpus_->survey();
    host.source = "mps:" + std::to_string(shares_);
    for (auto& gpu : host.gpus) cut(gpu, shares_);
    return host;
  }

 private:
  int shares_;
  std::unique_ptr<Driver> gpus_;
};

}  // namespace

std::unique_ptr<Driver> open_mps(int shares, std::unique_ptr<Driver> gpus) {
  if (shares < 1 || shares > most_mps_shares) {
    throw Error(ErrorKind::argument, "mps:" + std::to_string(shares) +
                                         " cuts each GPU into too few or too many: write mps:1 to "
                                         "mps:" +
                                         std::to_string(most_mps_shares));
  }
  return std::make_unique<MpsDriver>(shares, std::move(gpus));
}

int mps_shares(const Slice& slice) {
  if (!slice.profile.starts_with(profile_prefix)) return 1;
  const auto count = std::string_view(slice.profile).substr(profile_prefix.size());
  return std::clamp(parse_number<int>(count).value_or(1), 1, most_mps_shares);
}

int mps_percentage(int shares) { return 100 / shares; }

int mps_multiprocessors(int multiprocessors, int percentage) {
  const int pairs = multiprocessors / 2;
  return pairs * percentage / 100 * 2;
}

std::uint64_t mps_memory(std::uint64_t gpu_bytes, int shares) {
  const auto reserve = std::min(gibibyte, gpu_bytes / 16);
  const auto part = (gpu_bytes - reserve) / static_cast<std::uint64_t>(shares);
  return part / mebibyte * mebibyte;
}

}  // namespace septet
