// SPDX-License-Identifier: Apache-2.0
#include <septet/operation.hpp>

#include <cstring>

namespace septet {

std::string_view name_of(OperationKind kind) noexcept {
  switch (kind) {
    case OperationKind::barrier:
      return "barrier";
    case OperationKind::all_reduce:
      return "all_reduce";
    case OperationKind::reduce:
      return "reduce";
    case OperationKind::broadcast:
      return "broadcast";
    case OperationKind::all_gather:
      return "all_gather";
    case OperationKind::reduce_scatter:
      return "reduce_scatter";
    case OperationKind::send:
      return "send";
    case OperationKind::recv:
      return "recv";
  }
  return "unknown";
}

Factor factor_of(const void* element, DataType type) noexcept {
  Factor factor{.given = true};
  std::memcpy(factor.bytes, element, size_of(type));
  return factor;
}

Operation barrier() noexcept { return {}; }

Operation all_reduce(const void* send, void* recv, std::size_t count, DataType type,
                     Reduction reduction) noexcept {
  return {.kind = OperationKind::all_reduce,
          .type = type,
          .reduction = reduction,
          .count = count,
          .send = send,
          .recv = recv};
}

Operation reduce(const void* send, void* recv, std::size_t count, DataType type,
                 Reduction reduction, int root) noexcept {
  return {.kind = OperationKind::reduce,
          .type = type,
          .reduction = reduction,
          .root = root,
          .count = count,
          .send = send,
          .recv = recv};
}

Operation broadcast(const void* send, void* recv, std::size_t count, DataType type,
                    int root) noexcept {
  return {.kind = OperationKind::broadcast,
          .type = type,
          .root = root,
          .count = count,
          .send = send,
          .recv = recv};
}

Operation all_gather(const void* send, void* recv, std::size_t count, DataType type) noexcept {
  return {
      .kind = OperationKind::all_gather, .type = type, .count = count, .send = send, .recv = recv};
}

Operation reduce_scatter(const void* send, void* recv, std::size_t count, DataType type,
                         Reduction reduction) noexcept {
  return {.kind = OperationKind::reduce_scatter,
          .type = type,
          .reduction = reduction,
          .count = count,
          .send = send,
          .recv = recv};
}

Operation send(const void* buffer, std::size_t count, DataType type, int peer) noexcept {
  return {.kind = OperationKind::send, .type = type, .root = peer, .count = count, .send = buffer};
}

Operation recv(void* buffer, std::size_t count, DataType type, int peer) noexcept {
  return {.kind = OperationKind::recv, .type = type, .root = peer, .count = count, .recv = buffer};
}

}  // namespace septet
