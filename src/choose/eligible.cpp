// SPDX-License-Identifier: Apache-2.0
#include "choose/eligible.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "discover/profile_name.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <string>
#include <tuple>

namespace septet {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::usage, message); }

void refuse_beside_names(const Request& request) {
  if (request.slices != 1 && count_of(request) != static_cast<std::size_t>(request.slices)) {
    refuse("-n " + std::to_string(request.slices) + " and --slice with " +
           std::to_string(request.named.size()) + " names: leave -n away, or name as many");
  }
  if (request.prefer_full) {
    refuse("--prefer-full and --slice: a named slice leaves nothing to prefer");
  }
}

/// What a GPU in this state can run; a lost, denied or empty one runs nothing.
bool runs(GpuState state, SliceKind kind) {
  switch (state) {
    case GpuState::full:
      return kind == SliceKind::full;
    case GpuState::partitioned:
      return kind == SliceKind::mig;
    case GpuState::shared:
      return kind == SliceKind::mps;
    case GpuState::empty:
    case GpuState::lost:
    case GpuState::denied:
      return false;
  }
  return false;
}

/// Whether `busy` has a name that begins with `prefix` and lies outside of `except`.
bool has_prefix(const Busy& busy, const std::string& prefix, const std::string& except) {
  for (auto name = busy.lower_bound(prefix); name != busy.end() && name->starts_with(prefix);
       ++name) {
    if (except.empty() || !name->starts_with(except)) return true;
  }
  return false;
}

}  // namespace

void refuse_contradictions(const Request& request) {
  if (request.slices < 1) refuse("-n must be 1 or more, not " + std::to_string(request.slices));
  if (request.same_gpu && request.spread) refuse("--same-gpu and --spread exclude each other");
  if (request.prefer_full && lower(request.profile) == "full") {
    refuse(
        "--prefer-full and --profile full: the one asks for one GPU, the other for as many as -n");
  }
  if (!request.named.empty()) refuse_beside_names(request);
}

std::size_t count_of(const Request& request) {
  return request.named.empty() ? static_cast<std::size_t>(request.slices) : request.named.size();
}

bool is_before(const Slice* a, const Slice* b) {
  return std::tie(a->gpu, a->index, a->uuid) < std::tie(b->gpu, b->index, b->uuid);
}

SlicePointers usable_slices(const Host& host) {
  SlicePointers usable;
  for (const auto& gpu : host.gpus) {
    for (const auto& slice : gpu.slices) {
      if (runs(gpu.state, slice.kind) && slice.memory_bytes > 0) usable.push_back(&slice);
    }
  }
  std::sort(usable.begin(), usable.end(), is_before);
  return usable;
}

bool fits(const Slice& slice, const Request& request) {
  const auto& gpus = request.gpus;
  const bool there = gpus.empty() || std::find(gpus.begin(), gpus.end(), slice.gpu) != gpus.end();
  const bool shaped = request.profile.empty() || lower(slice.profile) == lower(request.profile);
  return there && shaped && (!request.memory_bytes || has_memory(slice, *request.memory_bytes));
}

bool has_memory(const Slice& slice, std::uint64_t asked) {
  if (slice.memory_bytes >= asked) return true;
  const auto rounded_up = (slice.memory_bytes + gibibyte - 1) / gibibyte;
  const auto name = parse_profile_name(slice.profile);
  const auto sold = std::max(rounded_up, name ? static_cast<std::uint64_t>(name->gigabytes) : 0);
  return asked % gibibyte == 0 && sold >= asked / gibibyte;
}

bool is_taken(const Slice& slice, const Busy& busy) {
  if (busy.contains(slice.uuid) || busy.contains(slice.gpu_uuid)) return true;
  // "MPS-<uuid of the GPU>-<N>.<i>": shares of one division lie beside each other.
  const auto shares = "MPS-" + slice.gpu_uuid + "-";
  if (slice.kind == SliceKind::full) return has_prefix(busy, shares, "");
  const auto division = slice.uuid.substr(0, slice.uuid.rfind('.') + 1);
  return slice.kind == SliceKind::mps && has_prefix(busy, shares, division);
}

}  // namespace septet
