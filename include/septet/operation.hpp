// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/data_type.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace septet {

enum class OperationKind : std::uint8_t {
  barrier,
  all_reduce,
  reduce,
  broadcast,
  all_gather,
  reduce_scatter,
  send,
  recv,
};

[[nodiscard]] std::string_view name_of(OperationKind kind) noexcept;

/// One element of an operation's type, by value, or none.
struct Factor {
  alignas(8) std::byte bytes[8] = {};  ///< The element comes first.
  bool given = false;
};

/// The element of `type` at `element`, which is read here and now, on the host.
[[nodiscard]] Factor factor_of(const void* element, DataType type) noexcept;

/// One operation of one rank: what it does, and on which buffers. Plain value; any thread.
///
/// Buffers stay the caller's; they may have any address and must not overlap, but for the in-place
/// forms that the functions below name. N is the number of ranks.
struct Operation {
  OperationKind kind = OperationKind::barrier;
  DataType type = DataType::uint8;
  Reduction reduction = Reduction::sum;
  int root = 0;           ///< Of reduce and broadcast; the peer of send and recv.
  std::size_t count = 0;  ///< Elements, as the function below says for its kind.
  const void* send = nullptr;
  void* recv = nullptr;
  /// What each of my elements is multiplied with first, rounded to `type`; at most one of the two.
  /// Where one element of `type` lies, or nullptr: it is read when the operation runs; of
  /// operations on device buffers, where the device can read it.
  const void* scale = nullptr;
  Factor factor{};  ///< Or that element itself: a captured graph keeps it, too.
};

/// Returns once every rank has called it.
[[nodiscard]] Operation barrier() noexcept;

/// recv[i] = reduction over ranks of send[i], on every rank; `count` elements. In place: equal.
[[nodiscard]] Operation all_reduce(const void* send, void* recv, std::size_t count, DataType type,
                                   Reduction reduction) noexcept;

/// As all_reduce, on `root` only: elsewhere `recv` is ignored. In place: equal.
[[nodiscard]] Operation reduce(const void* send, void* recv, std::size_t count, DataType type,
                               Reduction reduction, int root) noexcept;

/// `count` elements of root's `send` to every rank's `recv`; elsewhere `send` is ignored.
/// In place: equal.
[[nodiscard]] Operation broadcast(const void* send, void* recv, std::size_t count, DataType type,
                                  int root) noexcept;

/// `count` elements of each rank, in rank order, to every rank's `recv` of N * count elements.
/// In place: send == recv + rank * count.
[[nodiscard]] Operation all_gather(const void* send, void* recv, std::size_t count,
                                   DataType type) noexcept;

/// `send` has N * count elements; rank r's `recv` gets the reduction of part r, `count` elements.
/// In place: recv == send + rank * count.
[[nodiscard]] Operation reduce_scatter(const void* send, void* recv, std::size_t count,
                                       DataType type, Reduction reduction) noexcept;

/// Matched in order with the receives that `peer` posts for this rank. Zero elements are sent too.
/// To oneself only in one group with its recv.
[[nodiscard]] Operation send(const void* buffer, std::size_t count, DataType type,
                             int peer) noexcept;
[[nodiscard]] Operation recv(void* buffer, std::size_t count, DataType type, int peer) noexcept;

}  // namespace septet
