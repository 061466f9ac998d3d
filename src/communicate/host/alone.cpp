// SPDX-License-Identifier: Apache-2.0
#include "communicate/host/alone.hpp"

#include "communicate/check_operation.hpp"
#include "communicate/host/reduce.hpp"
#include "communicate/steps/plan.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace septet {
namespace {

[[noreturn]] void refuse_lonely(const Operation& operation) {
  const bool sends = operation.kind == OperationKind::send;
  throw Error(ErrorKind::usage, "this rank " + std::string(sends ? "sends to" : "receives from") +
                                    " itself without the other half in the same group: add it");
}

void copy_to_self(const Operation& send, const Operation& recv) {
  if (bytes_of(send) != bytes_of(recv)) {
    throw Error(ErrorKind::usage, "this rank sends itself " + std::to_string(bytes_of(send)) +
                                      " bytes and receives " + std::to_string(bytes_of(recv)) +
                                      ": let both be the same");
  }
  if (bytes_of(send) > 0) std::memmove(recv.recv, send.send, bytes_of(send));
}

/// The reduction of one rank, or its copy.
void run_collective(const Operation& operation) {
  const std::size_t bytes = bytes_of(operation);
  if (const void* factor = factor_at(operation)) {
    scale(static_cast<std::byte*>(operation.recv), static_cast<const std::byte*>(operation.send),
          operation.count, operation.type, factor);
  } else if (bytes > 0 && operation.recv != operation.send) {
    std::memcpy(operation.recv, operation.send, bytes);
  }
}

}  // namespace

void exchange_with_self(std::span<const Operation> group, int rank) {
  std::vector<Operation> sends;
  std::vector<Operation> receives;
  for (const auto& each : group) {
    if (!is_message(each) || each.root != rank) continue;
    (each.kind == OperationKind::send ? sends : receives).push_back(each);
  }
  const std::size_t pairs = std::min(sends.size(), receives.size());
  if (sends.size() > pairs) refuse_lonely(sends[pairs]);
  if (receives.size() > pairs) refuse_lonely(receives[pairs]);
  for (std::size_t i = 0; i < pairs; ++i) copy_to_self(sends[i], receives[i]);
}

void run_alone(std::span<const Operation> group) {
  exchange_with_self(group, 0);
  for (const auto& each : group) {
    if (!is_message(each) && each.kind != OperationKind::barrier) run_collective(each);
  }
}

}  // namespace septet
