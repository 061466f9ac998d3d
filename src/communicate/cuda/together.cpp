// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/engine.hpp"
#include <septet/device_communicator.hpp>
#include <septet/error.hpp>

#include <algorithm>
#include <tuple>
#include <vector>

namespace septet {
namespace {

struct Part {
  DeviceEngine* engine;
  DeviceCall call;
};

/// Communicators by their tokens, which are alike on all ranks; ranks of one communicator that this
/// process has, by number.
bool comes_first(const Part& one, const Part& other) {
  const auto place = [](const Part& part) {
    const auto& own = part.engine->state().membership();
    return std::tuple(own.token, own.rank);
  };
  return place(one) < place(other);
}

void require_different(std::span<const Part> sorted) {
  const auto is_same = [](const Part& a, const Part& b) { return a.engine == b.engine; };
  if (std::ranges::adjacent_find(sorted, is_same) == sorted.end()) return;
  throw Error(ErrorKind::usage,
              "enqueue_together: one communicator is named twice: put its operations into one "
              "group");
}

/// The ranks that wait for what is not enqueued here are told.
void give_up(std::span<const Part> parts) noexcept {
  for (const auto& part : parts) {
    if (!part.call.group.empty()) part.engine->state().give_up(describe(part.call.group.front()));
  }
}

}  // namespace

void enqueue_together(std::span<const DeviceGroup> groups) {
  std::vector<Part> parts;
  for (const auto& group : groups) {
    auto* engine = group.communicator->engine_.get();
    parts.push_back({engine, engine->checked(group.operations, group.streams)});
  }
  std::ranges::sort(parts, comes_first);
  require_different(parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    try {
      parts[i].engine->enqueue(parts[i].call);
    } catch (...) {
      give_up(std::span(parts).subspan(i + 1));
      throw;
    }
  }
}

}  // namespace septet
