// SPDX-License-Identifier: Apache-2.0
#include "communicate/check_operation.hpp"

#include <septet/error.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace septet {
namespace {

[[noreturn]] void refuse(const Operation& operation, const std::string& why) {
  throw Error(ErrorKind::argument, std::string(name_of(operation.kind)) + ": " + why);
}

bool has_peer(OperationKind kind) {
  return kind == OperationKind::send || kind == OperationKind::recv;
}

bool has_root(OperationKind kind) {
  return kind == OperationKind::reduce || kind == OperationKind::broadcast;
}

/// How many times `count` elements there are in the larger buffer.
std::size_t parts(OperationKind kind, int ranks) {
  const bool all = kind == OperationKind::all_gather || kind == OperationKind::reduce_scatter;
  return all ? static_cast<std::size_t>(ranks) : 1;
}

void check_words(const Operation& operation) {
  if (operation.kind > OperationKind::recv) throw Error(ErrorKind::argument, "unknown operation");
  if (static_cast<std::size_t>(operation.type) >= all_data_types().size()) {
    refuse(operation, "unknown data type " + std::to_string(static_cast<int>(operation.type)));
  }
  if (operation.reduction > Reduction::avg) {
    refuse(operation, "unknown reduction " + std::to_string(static_cast<int>(operation.reduction)));
  }
  if (operation.scale != nullptr && operation.factor.given) {
    refuse(operation, "a factor by its address and one by value: give one of them");
  }
}

void check_root(const Operation& operation, int ranks) {
  if (!has_root(operation.kind) && !has_peer(operation.kind)) return;
  if (operation.root >= 0 && operation.root < ranks) return;
  refuse(operation, std::string(has_root(operation.kind) ? "root " : "rank ") +
                        std::to_string(operation.root) + ": there are ranks 0 to " +
                        std::to_string(ranks - 1));
}

void check_size(const Operation& operation, int ranks) {
  // A chunk number has 32 bits, half of which may be on the way.
  constexpr auto most = std::numeric_limits<std::int64_t>::max() / 2;
  const std::size_t each = size_of(operation.type) * parts(operation.kind, ranks);
  if (operation.count <= static_cast<std::size_t>(most) / each) return;
  refuse(operation, std::to_string(operation.count) + " elements are more than memory holds");
}

void check_buffers(const Operation& operation, int rank) {
  if (operation.kind == OperationKind::barrier || operation.count == 0) return;
  const bool root = operation.root == rank;
  const bool sends =
      operation.kind != OperationKind::recv && (operation.kind != OperationKind::broadcast || root);
  const bool receives =
      operation.kind != OperationKind::send && (operation.kind != OperationKind::reduce || root);
  if (sends && operation.send == nullptr) refuse(operation, "the buffer to send is null");
  if (receives && operation.recv == nullptr) refuse(operation, "the buffer to receive is null");
}

}  // namespace

bool is_message(const Operation& operation) noexcept { return has_peer(operation.kind); }

void check_operation(const Operation& operation, int rank, int ranks) {
  check_words(operation);
  check_root(operation, ranks);
  check_size(operation, ranks);
  check_buffers(operation, rank);
}

}  // namespace septet
