// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/config.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace septet::abi {
namespace {

constexpr unsigned magic = 0xcafebeef;
constexpr int most_blocks = 64;

/// One number of the structure. `since`: callers of an older version have padding there, or
/// nothing; zero where the size tells enough.
struct Field {
  int ncclConfig_t::* number;
  std::string_view name;
  unsigned since;
  int lowest;
  int highest;
};

constexpr std::array fields{
    Field{&ncclConfig_t::blocking, "blocking", 21400, 0, 1},
    Field{&ncclConfig_t::cgaClusterSize, "cgaClusterSize", 21700, 0, INT_MAX},
    Field{&ncclConfig_t::minCTAs, "minCTAs", 21700, 1, INT_MAX},
    Field{&ncclConfig_t::maxCTAs, "maxCTAs", 21700, 1, INT_MAX},
    Field{&ncclConfig_t::splitShare, "splitShare", 0, 0, 1},
    Field{&ncclConfig_t::trafficClass, "trafficClass", 22500, INT_MIN, INT_MAX},
    Field{&ncclConfig_t::collnetEnable, "collnetEnable", 22700, 0, 1},
    Field{&ncclConfig_t::CTAPolicy, "CTAPolicy", 22700, 0, 3},
    Field{&ncclConfig_t::shrinkShare, "shrinkShare", 22700, 0, 1},
    Field{&ncclConfig_t::nvlsCTAs, "nvlsCTAs", 22700, 1, INT_MAX},
    Field{&ncclConfig_t::nChannelsPerNetPeer, "nChannelsPerNetPeer", 22800, 1, most_blocks},
    Field{&ncclConfig_t::nvlinkCentricSched, "nvlinkCentricSched", 22800, 0, 1},
    Field{&ncclConfig_t::graphUsageMode, "graphUsageMode", 22900, 0, 2},
    Field{&ncclConfig_t::numRmaCtx, "numRmaCtx", 22900, 0, INT_MAX},
    Field{&ncclConfig_t::maxP2pPeers, "maxP2pPeers", 23000, 1, INT_MAX},
    Field{&ncclConfig_t::graphStreamOrdering, "graphStreamOrdering", 23005, 0, 1},
};

ncclConfig_t nothing_set() {
  ncclConfig_t config{};
  for (const auto& field : fields) config.*field.number = nccl_undefined;
  return config;
}

/// As much of it as both sides know.
ncclConfig_t copied(const ncclConfig_t* given) {
  auto config = nothing_set();
  std::size_t size = 0;
  std::memcpy(&size, given, sizeof size);
  std::memcpy(&config, given, std::clamp(size, sizeof size, sizeof config));
  return config;
}

void check_field(const ncclConfig_t& config, const Field& field) {
  const int value = config.*field.number;
  if (value == nccl_undefined || (value >= field.lowest && value <= field.highest)) return;
  throw Error(ErrorKind::argument,
              "ncclConfig_t: " + std::string(field.name) + " is " + std::to_string(value) +
                  "; it may be " + std::to_string(field.lowest) +
                  (field.highest == INT_MAX ? " or more" : " to " + std::to_string(field.highest)));
}

void check_blocks(const ncclConfig_t& config) {
  if (config.maxCTAs == nccl_undefined || config.minCTAs <= config.maxCTAs) return;
  throw Error(ErrorKind::argument, "ncclConfig_t: minCTAs is " + std::to_string(config.minCTAs) +
                                       ", more than maxCTAs, " + std::to_string(config.maxCTAs));
}

ncclConfig_t checked(const ncclConfig_t* given) {
  auto config = copied(given);
  if (config.magic != magic) {
    throw Error(ErrorKind::argument,
                "this ncclConfig_t was not initialised: begin with NCCL_CONFIG_INITIALIZER (size, "
                "magic 0xcafebeef, version, and INT_MIN or NULL for what is not set)");
  }
  for (const auto& field : fields) {
    if (config.version < field.since) config.*field.number = nccl_undefined;
    check_field(config, field);
  }
  check_blocks(config);
  return config;
}

/// What a variable says instead of `value`, when it says something within the range.
int overridden(int value, const Lookup& variables, std::string_view name, int lowest, int highest) {
  const auto text = variables(name);
  const auto number = text ? parse_number<int>(*text) : std::nullopt;
  return number && *number >= lowest && *number <= highest ? *number : value;
}

int defined_or(int value, int otherwise) { return value == nccl_undefined ? otherwise : value; }

}  // namespace

Config config_of(const ncclConfig_t* given, const Lookup& variables) {
  const auto config = given == nullptr ? nothing_set() : checked(given);
  const auto value = [&](int set, int otherwise, std::string_view name, int lowest, int highest) {
    return overridden(defined_or(set, otherwise), variables, name, lowest, highest);
  };
  Config read;
  read.blocking = value(config.blocking, 1, "NCCL_COMM_BLOCKING", 0, 1) == 1;
  read.split_share = value(config.splitShare, 0, "NCCL_COMM_SPLIT_SHARE_RESOURCES", 0, 1) == 1;
  read.shrink_share = value(config.shrinkShare, 0, "NCCL_COMM_SHRINK_SHARE_RESOURCES", 0, 1) == 1;
  const int mode = defined_or(config.graphUsageMode, 2) == 2 ? 1 : 0;
  read.mixes_graphs = value(mode, 1, "NCCL_GRAPH_MIXING_SUPPORT", 0, 1) == 1;
  read.max_blocks =
      std::min(value(config.maxCTAs, most_blocks, "NCCL_MAX_CTAS", 1, INT_MAX), most_blocks);
  read.min_blocks =
      std::min(value(config.minCTAs, 1, "NCCL_MIN_CTAS", 1, INT_MAX), read.max_blocks);
  if (config.commName != nullptr) read.name = config.commName;
  return read;
}

}  // namespace septet::abi
