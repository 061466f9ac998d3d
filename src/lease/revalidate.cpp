// SPDX-License-Identifier: Apache-2.0
#include "base/units.hpp"
#include <septet/error.hpp>
#include <septet/lease.hpp>

#include <algorithm>
#include <string>

namespace septet {
namespace {

std::string instance(const Slice& slice) {
  const auto word = [](const std::optional<int>& id) { return id ? std::to_string(*id) : "-"; };
  return word(slice.gpu_instance) + "/" + word(slice.compute_instance);
}

std::string shape(const Slice& slice) {
  return slice.profile + ", " + format_bytes(slice.memory_bytes) + ", instance " + instance(slice);
}

bool has_shape_of(const Slice& now, const Slice& leased) {
  return now.kind == leased.kind && now.profile == leased.profile &&
         now.memory_bytes == leased.memory_bytes && now.gpu_uuid == leased.gpu_uuid &&
         now.gpu_instance == leased.gpu_instance && now.compute_instance == leased.compute_instance;
}

[[noreturn]] void refuse(const Slice& leased, const std::string& what) {
  throw Error(ErrorKind::device, "slice " + leased.uuid + " was leased as " + shape(leased) +
                                     " and " + what +
                                     ": the GPU was partitioned anew; ask for slices again");
}

}  // namespace

void revalidate(const std::vector<Slice>& leased, const Host& now) {
  const auto present = slices_of(now);
  for (const auto& slice : leased) {
    const auto found = std::find_if(present.begin(), present.end(),
                                    [&](const Slice& other) { return other.uuid == slice.uuid; });
    if (found == present.end()) refuse(slice, "is gone");
    if (!has_shape_of(*found, slice)) refuse(slice, "is now " + shape(*found));
  }
}

}  // namespace septet
