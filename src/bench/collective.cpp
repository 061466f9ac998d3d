// SPDX-License-Identifier: Apache-2.0
#include "bench/collective.hpp"

#include "communicate/compound.hpp"

#include <algorithm>
#include <array>

namespace septet::bench {
namespace {

constexpr int root = 0;

constexpr std::array names{"all_reduce", "all_gather", "reduce_scatter", "broadcast", "reduce",
                           "all_to_all", "gather",     "scatter",        "send_recv"};

std::size_t number(int rank) { return static_cast<std::size_t>(rank); }

void* element(void* all, std::size_t index, DataType type) {
  return static_cast<std::byte*>(all) + index * size_of(type);
}

std::vector<Operation> swap_all(const Case& each, Seat seat, const Buffers& buffers) {
  const std::vector<std::size_t> counts(number(seat.ranks), each.count);
  std::vector<std::size_t> offsets;
  for (int rank = 0; rank < seat.ranks; ++rank) offsets.push_back(number(rank) * each.count);
  const Communicator::Parts parts{counts, offsets};
  return all_to_all(buffers.send, parts, buffers.recv, parts, each.type, seat.ranks);
}

std::vector<Operation> pass_on(const Case& each, Seat seat, const Buffers& buffers) {
  const int next = (seat.rank + 1) % seat.ranks;
  const int before = (seat.rank + seat.ranks - 1) % seat.ranks;
  return {send(buffers.send, each.count, each.type, next),
          recv(buffers.recv, each.count, each.type, before)};
}

}  // namespace

std::string_view name_of(Collective collective) noexcept {
  return names[static_cast<std::size_t>(collective)];
}

std::span<const Collective> all_collectives() noexcept {
  using enum Collective;
  static constexpr std::array all{all_reduce, all_gather, reduce_scatter, broadcast, reduce,
                                  all_to_all, gather,     scatter,        send_recv};
  return all;
}

bool reduces(Collective collective) noexcept {
  using enum Collective;
  return collective == all_reduce || collective == reduce_scatter || collective == reduce;
}

bool can_be_in_place(Collective collective) noexcept {
  return collective != Collective::all_to_all && collective != Collective::send_recv;
}

bool has_parts(Collective collective) noexcept {
  using enum Collective;
  return collective == all_gather || collective == reduce_scatter || collective == all_to_all ||
         collective == gather || collective == scatter;
}

double bus_factor(Collective collective, int ranks) noexcept {
  const double others = static_cast<double>(ranks - 1) / ranks;
  if (collective == Collective::all_reduce) return 2 * others;
  return has_parts(collective) ? others : 1;
}

Case case_of(Collective collective, DataType type, Reduction reduction, std::uint64_t bytes,
             int ranks) noexcept {
  const auto elements = static_cast<std::size_t>(bytes) / size_of(type);
  const std::size_t parts = has_parts(collective) ? number(ranks) : 1;
  return {.collective = collective,
          .type = type,
          .reduction = reduction,
          .count = std::max<std::size_t>(1, elements / parts)};
}

std::size_t bytes_of(const Case& each, int ranks) noexcept {
  return each.count * size_of(each.type) * (has_parts(each.collective) ? number(ranks) : 1);
}

std::size_t sent_elements(const Case& each, Seat seat) noexcept {
  using enum Collective;
  const std::size_t all = number(seat.ranks) * each.count;
  switch (each.collective) {
    case reduce_scatter:
    case all_to_all:
      return all;
    case scatter:
      return seat.rank == root ? all : 0;
    case broadcast:
      return seat.rank == root ? each.count : 0;
    case all_reduce:
    case all_gather:
    case reduce:
    case gather:
    case send_recv:
      return each.count;
  }
  return 0;
}

std::size_t received_elements(const Case& each, Seat seat) noexcept {
  using enum Collective;
  const std::size_t all = number(seat.ranks) * each.count;
  switch (each.collective) {
    case all_gather:
    case all_to_all:
      return all;
    case gather:
      return seat.rank == root ? all : 0;
    case reduce:
      return seat.rank == root ? each.count : 0;
    case all_reduce:
    case reduce_scatter:
    case broadcast:
    case scatter:
    case send_recv:
      return each.count;
  }
  return 0;
}

Buffers in_place(const Case& each, Seat seat, void* all) noexcept {
  void* own = element(all, number(seat.rank) * each.count, each.type);
  switch (each.collective) {
    case Collective::all_gather:
    case Collective::gather:
      return {.send = own, .recv = all};
    case Collective::reduce_scatter:
    case Collective::scatter:
      return {.send = all, .recv = own};
    case Collective::all_reduce:
    case Collective::broadcast:
    case Collective::reduce:
    case Collective::all_to_all:
    case Collective::send_recv:
      return {.send = all, .recv = all};
  }
  return {};
}

std::vector<Operation> operations_of(const Case& each, Seat seat, const Buffers& buffers) {
  const auto [send, recv] = buffers;
  const auto [collective, type, reduction, count] = each;
  switch (collective) {
    case Collective::all_reduce:
      return {all_reduce(send, recv, count, type, reduction)};
    case Collective::all_gather:
      return {all_gather(send, recv, count, type)};
    case Collective::reduce_scatter:
      return {reduce_scatter(send, recv, count, type, reduction)};
    case Collective::broadcast:
      return {broadcast(send, recv, count, type, root)};
    case Collective::reduce:
      return {reduce(send, recv, count, type, reduction, root)};
    case Collective::all_to_all:
      return swap_all(each, seat, buffers);
    case Collective::gather:
      return gather(send, recv, count, type, root, seat.rank, seat.ranks);
    case Collective::scatter:
      return scatter(send, recv, count, type, root, seat.rank, seat.ranks);
    case Collective::send_recv:
      return pass_on(each, seat, buffers);
  }
  return {};
}

}  // namespace septet::bench
