// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/errand.hpp"

#include "communicate/host/run.hpp"
#include "communicate/steps/plan.hpp"

#include <algorithm>

namespace septet {
namespace {

/// Parts begin in a window where devices copy in their widest units.
constexpr std::size_t line_bytes = 128;

std::size_t lines_of(std::size_t bytes) {
  return (bytes + line_bytes - 1) / line_bytes * line_bytes;
}

std::size_t orders_of(std::size_t bytes) {
  return (bytes + Errand::most_copied - 1) / Errand::most_copied;
}

std::byte* buffer_of(const Operation& message) {
  const bool sends = message.kind == OperationKind::send;
  return static_cast<std::byte*>(const_cast<void*>(sends ? message.send : message.recv));
}

}  // namespace

Errand::Errand(CommunicatorState& state, std::span<const Operation> messages,
               const Windows& windows)
    : state_(state), first_(messages.front()) {
  for (const auto& each : messages) add(way_of(each, windows), each);
}

Errand::Way& Errand::way_of(const Operation& message, const Windows& windows) {
  const bool sends = message.kind == OperationKind::send;
  const auto is_it = [&](const Way& way) { return way.peer == message.root && way.sends == sends; };
  const auto found = std::ranges::find_if(ways_, is_it);
  if (found != ways_.end()) return *found;
  std::byte* all = sends ? windows.out : windows.in;
  std::byte* window = all + static_cast<std::size_t>(message.root) * window_bytes;
  return ways_.emplace_back(Way{.peer = message.root, .sends = sends, .window = window});
}

void Errand::add(Way& way, const Operation& message) {
  const std::size_t size = size_of(message.type);
  const std::size_t most = window_bytes / size;
  std::size_t first = 0;
  do {
    Part part{message, buffer_of(message) + first * size};
    part.operation.count = std::min(most, message.count - first);
    add_part(way, part);
    first += part.operation.count;
  } while (first < message.count);
}

void Errand::add_part(Way& way, const Part& part) {
  const std::size_t bytes = lines_of(bytes_of(part.operation));
  const std::size_t orders = orders_of(bytes);
  const auto is_full = [&](const Load& load) {
    return load.bytes + bytes > window_bytes || load.orders + orders > most_orders;
  };
  if (way.loads.empty() || is_full(way.loads.back())) way.loads.emplace_back();
  auto& load = way.loads.back();
  load.parts.push_back(part);
  auto& operation = load.parts.back().operation;
  operation.send = way.window + load.bytes;
  operation.recv = way.window + load.bytes;
  load.bytes += bytes;
  load.orders += orders;
}

std::size_t Errand::rounds() const {
  std::size_t all = 0;
  for (const auto& way : ways_) all += way.loads.size();
  // When every window holds all that goes through it, they need not wait for each other.
  return all == ways_.size() ? 1 : all;
}

std::span<const CopyOrder> Errand::begin() {
  lanes_.emplace(state_.passage());
  orders_.clear();
  for (auto& way : ways_) {
    way.next = 0;
    way.moves = false;
    if (way.sends) order_copies(way);
  }
  return orders_;
}

std::span<const CopyOrder> Errand::run() {
  orders_.clear();
  for (auto& way : ways_) {
    if (!way.moves && way.next < way.loads.size()) set_out(way);
  }
  if (std::ranges::none_of(ways_, &Way::moves)) return {};
  run_lanes({&state_, &*lanes_, first_},
            rounds() == 1 ? Until::all_have_ended : Until::one_has_ended);
  for (auto& way : ways_) {
    if (way.moves && lanes_->has_ended(way.lane)) come_back(way);
  }
  return orders_;
}

void Errand::set_out(Way& way) {
  for (const auto& part : way.loads[way.next].parts) way.lane = lanes_->add(part.operation);
  way.moves = true;
}

void Errand::come_back(Way& way) {
  way.moves = false;
  if (!way.sends) order_copies(way);
  ++way.next;
  if (way.sends && way.next < way.loads.size()) order_copies(way);
}

void Errand::order_copies(const Way& way) {
  for (const auto& [operation, buffer] : way.loads[way.next].parts) {
    std::byte* window = buffer_of(operation);
    const std::size_t bytes = bytes_of(operation);
    for (std::size_t first = 0; first < bytes; first += most_copied) {
      CopyOrder order{buffer + first, window + first, std::min(most_copied, bytes - first)};
      if (way.sends) order = {window + first, buffer + first, order.bytes};
      orders_.push_back(order);
    }
  }
}

}  // namespace septet
