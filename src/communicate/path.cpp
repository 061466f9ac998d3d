// SPDX-License-Identifier: Apache-2.0
#include "communicate/path.hpp"

#include <algorithm>
#include <array>

namespace septet {
namespace {

using enum Path;

constexpr std::array all_names{
    std::string_view("auto"),           std::string_view("one_hop"),
    std::string_view("packets"),        std::string_view("packets_two_phases"),
    std::string_view("ring"),           std::string_view("ring_host"),
    std::string_view("ring_device"),    std::string_view("messages"),
    std::string_view("host_functions"), std::string_view("alone")};

constexpr std::array of_host{automatic, one_hop, ring};
constexpr std::array of_device{automatic, packets,   packets_two_phases,
                               ring,      ring_host, ring_device};

bool is_packets(Path path) { return path == packets || path == packets_two_phases; }

}  // namespace

std::string_view name_of(Path path) noexcept { return all_names[static_cast<std::size_t>(path)]; }

std::span<const Path> paths_for(BufferPlace buffers) noexcept {
  if (buffers == BufferPlace::host) return of_host;
  return of_device;
}

std::optional<Path> parse_path(std::string_view word) noexcept {
  for (const auto buffers : {BufferPlace::host, BufferPlace::device}) {
    const auto paths = paths_for(buffers);
    const auto found = std::ranges::find(paths, word, [](Path path) { return name_of(path); });
    if (found != paths.end()) return *found;
  }
  return {};
}

bool is_kind_of(Path taken, Path wanted) noexcept {
  return taken == wanted || (wanted == ring && (taken == ring_host || taken == ring_device));
}

Manner forced(Manner manner, Path path) noexcept {
  if (path == automatic) return manner;
  manner.hops = path == one_hop || path == packets ? Hops::one : Hops::two;
  if (path == packets_two_phases) manner.hops = Hops::packets;
  if (path == ring_host) manner.reduce_on = ReduceOn::host;
  if (path == ring_device) manner.reduce_on = ReduceOn::device;
  return manner;
}

PacketLimits limits_in(const Manner& manner, PacketLimits usual) noexcept {
  if (manner.hops == Hops::one) {
    usual.one_phase_words = usual.most_words = std::max(usual.capacity, 1U) - 1;
    usual.two_phases_words = 0;
  }
  if (manner.hops == Hops::packets) usual.one_phase_words = 0;
  return usual;
}

Path host_path_of(const ExchangePlan& plan) noexcept {
  const bool has_two = plan.operation.kind == OperationKind::all_reduce ||
                       plan.operation.kind == OperationKind::reduce;
  return has_two && !plan.combines ? one_hop : ring;
}

std::string why_not(Path wanted, Path taken) {
  switch (taken) {
    case messages:
      return "goes by messages, the only way there is";
    case alone:
      return "needs no path: there is one rank";
    case host_functions:
      return "goes by host functions, since kernels must not wait (ranks that share a device by "
             "time slices, or SEPTET_WAIT_ON)";
    case packets:
      return "goes by packets in one phase only";
    case automatic:
    case one_hop:
    case packets_two_phases:
    case ring:
    case ring_host:
    case ring_device:
      break;
  }
  if (is_packets(wanted)) return "has no room in packets";
  if (wanted == one_hop) return "goes through the ring, the only way there is";
  if (taken == ring) return "has nothing to combine on the way: see ring";
  return "is in a graph, where no host thread can combine";
}

}  // namespace septet
