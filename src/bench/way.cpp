// SPDX-License-Identifier: Apache-2.0
#include "bench/way.hpp"

#include "base/units.hpp"
#include <septet/error.hpp>

namespace septet::bench {

Way way_by(Path path) {
  Way way;
  way.settings.path = path;
  way.path = path;
  if (path != Path::automatic) way.name += " " + std::string(name_of(path));
  return way;
}

std::string path_in(const Way& way, std::span<const Operation> group, Path taken,
                    const Room& room) {
  const auto& [publish, reduce, collect] = way.manner.blocks;
  if (publish + reduce + collect > room.blocks) {
    throw Error(ErrorKind::device, "needs " + std::to_string(publish + reduce + collect) +
                                       " thread blocks at once; " + std::to_string(room.blocks) +
                                       " run");
  }
  if (way.manner.chunk_bytes > room.chunk_bytes) {
    throw Error(ErrorKind::device, "needs slots of " + format_bytes(way.manner.chunk_bytes) +
                                       "; these have " + format_bytes(room.chunk_bytes) +
                                       " (SEPTET_SEGMENT_MIB)");
  }
  for (const auto& each : group) {
    if (each.count * size_of(each.type) <= way.most_bytes) continue;
    throw Error(ErrorKind::device, "is tried up to " + format_bytes(way.most_bytes) + " only");
  }
  if (way.path == Path::automatic || is_kind_of(taken, way.path)) {
    return std::string(name_of(taken));
  }
  throw Error(ErrorKind::device, why_not(way.path, taken));
}

}  // namespace septet::bench
