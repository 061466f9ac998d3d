// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/own_messages.hpp"

#include "communicate/check_operation.hpp"
#include "communicate/cuda/check.hpp"
#include "communicate/steps/plan.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <iterator>

namespace septet {
namespace {

/// The sends, or the receives, of `group`.
std::vector<Operation> halves(std::span<const Operation> group, OperationKind kind) {
  std::vector<Operation> some;
  std::copy_if(group.begin(), group.end(), std::back_inserter(some),
               [&](const Operation& each) { return each.kind == kind; });
  return some;
}

bool is_own_message(const Operation& operation, int rank) {
  return is_message(operation) && operation.root == rank;
}

}  // namespace

std::vector<Operation> own_messages(std::span<const Operation> group, int rank) {
  std::vector<Operation> own;
  std::copy_if(group.begin(), group.end(), std::back_inserter(own),
               [&](const Operation& each) { return is_own_message(each, rank); });
  return own;
}

std::vector<Operation> without_own_messages(std::span<const Operation> group, int rank) {
  std::vector<Operation> rest;
  std::remove_copy_if(group.begin(), group.end(), std::back_inserter(rest),
                      [&](const Operation& each) { return is_own_message(each, rank); });
  return rest;
}

void check_own_messages(std::span<const Operation> own) {
  const auto sends = halves(own, OperationKind::send);
  const auto receives = halves(own, OperationKind::recv);
  const auto are_alike = [](const Operation& a, const Operation& b) {
    return bytes_of(a) == bytes_of(b);
  };
  if (std::equal(sends.begin(), sends.end(), receives.begin(), receives.end(), are_alike)) return;
  throw Error(ErrorKind::usage,
              "each message of a rank to itself needs its other half, of the same size, in the "
              "same group: add it");
}

void enqueue_own_messages(std::span<const Operation> own, cudaStream_t stream) {
  const auto sends = halves(own, OperationKind::send);
  const auto receives = halves(own, OperationKind::recv);
  for (std::size_t i = 0; i < sends.size(); ++i) {
    if (bytes_of(sends[i]) == 0 || receives[i].recv == sends[i].send) continue;
    check(cudaMemcpyAsync(receives[i].recv, sends[i].send, bytes_of(sends[i]), cudaMemcpyDefault,
                          stream),
          "copy a message to oneself");
  }
}

}  // namespace septet
