// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/units.hpp"
#include <septet/host.hpp>
#include <septet/plan.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

/// Small hosts for the tests of this stage.
namespace septet::testing_hosts {

/// What a slice of a test host looks like: profile, GiB, SMs.
struct Shape {
  std::string profile;
  double gibibytes = 0;
  int multiprocessors = 0;
};

inline const Shape g1{"1g.5gb", 4.75, 14};
inline const Shape g1_double{"1g.10gb", 9.75, 14};
inline const Shape g2{"2g.10gb", 9.75, 28};
inline const Shape g3{"3g.20gb", 19.625, 42};
inline const Shape g4{"4g.20gb", 19.625, 56};

inline std::string gpu_uuid(int index) { return "GPU-" + std::to_string(index); }

inline Slice slice_of(const Shape& shape, SliceKind kind, int gpu, int index) {
  const auto place = std::to_string(gpu) + "-" + std::to_string(index);
  Slice slice{.uuid = "MIG-" + place,
              .kind = kind,
              .profile = shape.profile,
              .memory_bytes = static_cast<std::uint64_t>(shape.gibibytes * 1024) * mebibyte,
              .multiprocessors = shape.multiprocessors,
              .gpu = gpu,
              .gpu_uuid = gpu_uuid(gpu),
              .index = index,
              .gpu_instance = {},
              .compute_instance = {},
              .processes = {}};
  if (kind == SliceKind::full) slice.uuid = slice.gpu_uuid;
  return slice;
}

inline Gpu gpu_of(GpuState state, int index, std::vector<Slice> slices) {
  Gpu gpu;
  gpu.index = index;
  gpu.uuid = gpu_uuid(index);
  gpu.name = "NVIDIA A100-SXM4-40GB";
  gpu.state = state;
  gpu.slices = std::move(slices);
  return gpu;
}

/// A GPU in MIG mode; empty when it has no shapes.
inline Gpu cut(int index, const std::vector<Shape>& shapes) {
  std::vector<Slice> slices;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    slices.push_back(slice_of(shapes[i], SliceKind::mig, index, static_cast<int>(i)));
  }
  return gpu_of(shapes.empty() ? GpuState::empty : GpuState::partitioned, index, std::move(slices));
}

inline Gpu whole(int index, double gibibytes = 39.5) {
  return gpu_of(GpuState::full, index,
                {slice_of({"full", gibibytes, 108}, SliceKind::full, index, 0)});
}

/// A GPU cut into `shares` stand-ins.
inline Gpu shared(int index, int shares) {
  std::vector<Slice> slices;
  for (int i = 0; i < shares; ++i) {
    const auto n = std::to_string(shares);
    slices.push_back(slice_of({"mps." + n, 39.0 / shares, 100 / shares}, SliceKind::mps, index, i));
    slices.back().uuid = "MPS-" + gpu_uuid(index) + "-" + n + "." + std::to_string(i);
  }
  return gpu_of(GpuState::shared, index, std::move(slices));
}

inline Host host_of(std::vector<Gpu> gpus) {
  Host host;
  host.source = "test";
  host.gpus = std::move(gpus);
  return host;
}

/// "0:0 0:1": the plan's slices by position, in rank order; "waits" when there is none.
inline std::string positions(const std::optional<Plan>& plan) {
  if (!plan) return "waits";
  std::string text;
  for (const auto& slice : plan->slices) text += (text.empty() ? "" : " ") + position(slice);
  return text;
}

/// UUIDs of the slices at these positions.
inline Busy busy_at(const Host& host, const std::vector<std::string>& places) {
  Busy busy;
  for (const auto& place : places) busy.insert(find_slice(host, place).uuid);
  return busy;
}

}  // namespace septet::testing_hosts
