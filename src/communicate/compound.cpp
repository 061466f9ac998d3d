// SPDX-License-Identifier: Apache-2.0
#include "communicate/compound.hpp"

#include <septet/error.hpp>

#include <string>

namespace septet {
namespace {

const void* element(const void* buffer, std::size_t index, DataType type) {
  return static_cast<const std::byte*>(buffer) + index * size_of(type);
}

void* element(void* buffer, std::size_t index, DataType type) {
  return static_cast<std::byte*>(buffer) + index * size_of(type);
}

void check_parts(const Communicator::Parts& parts, std::size_t ranks) {
  if (parts.counts.size() == ranks && parts.offsets.size() == ranks) return;
  throw Error(ErrorKind::argument, "all_to_all: give a count and an offset for each of the " +
                                       std::to_string(ranks) + " ranks");
}

}  // namespace

std::vector<Operation> all_to_all(const void* send, Communicator::Parts sent, void* recv,
                                  Communicator::Parts received, DataType type, int ranks) {
  const auto n = static_cast<std::size_t>(ranks);
  check_parts(sent, n);
  check_parts(received, n);
  std::vector<Operation> group;
  for (int peer = 0; peer < ranks; ++peer) {
    const auto p = static_cast<std::size_t>(peer);
    if (sent.counts[p] > 0) {
      group.push_back(
          septet::send(element(send, sent.offsets[p], type), sent.counts[p], type, peer));
    }
    if (received.counts[p] > 0) {
      group.push_back(
          septet::recv(element(recv, received.offsets[p], type), received.counts[p], type, peer));
    }
  }
  return group;
}

std::vector<Operation> gather(const void* send, void* recv, std::size_t count, DataType type,
                              int root, int rank, int ranks) {
  if (count == 0) return {};
  const bool in_place = rank == root && recv != nullptr &&
                        send == element(recv, static_cast<std::size_t>(root) * count, type);
  std::vector<Operation> group;
  if (!in_place) group.push_back(septet::send(send, count, type, root));
  for (int peer = 0; rank == root && peer < ranks; ++peer) {
    if (in_place && peer == root) continue;
    group.push_back(septet::recv(element(recv, static_cast<std::size_t>(peer) * count, type), count,
                                 type, peer));
  }
  return group;
}

std::vector<Operation> scatter(const void* send, void* recv, std::size_t count, DataType type,
                               int root, int rank, int ranks) {
  if (count == 0) return {};
  const bool in_place = rank == root && send != nullptr &&
                        recv == element(send, static_cast<std::size_t>(root) * count, type);
  std::vector<Operation> group;
  if (!in_place) group.push_back(septet::recv(recv, count, type, root));
  for (int peer = 0; rank == root && peer < ranks; ++peer) {
    if (in_place && peer == root) continue;
    group.push_back(septet::send(element(send, static_cast<std::size_t>(peer) * count, type), count,
                                 type, peer));
  }
  return group;
}

}  // namespace septet
