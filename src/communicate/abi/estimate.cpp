// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/estimate.hpp"

namespace septet::abi {
namespace {

// About what four ranks on one H200 need through host memory: 32 KiB and 64 MiB measured.
constexpr double each_us = 30;
constexpr double bytes_per_us = 5'000;

/// What one rank puts on its link, at most.
double bytes_of(const Operation& operation, int ranks) {
  const bool parts = operation.kind == OperationKind::all_gather ||
                     operation.kind == OperationKind::reduce_scatter;
  return static_cast<double>(operation.count * size_of(operation.type)) * (parts ? ranks : 1);
}

}  // namespace

float estimate_us(std::span<const Call> calls) {
  double us = 0;
  for (const auto& call : calls) {
    if (!call.operations.empty()) us += each_us;
    for (const auto& each : call.operations) us += bytes_of(each, call.comm->size()) / bytes_per_us;
  }
  return static_cast<float>(us);
}

}  // namespace septet::abi
