// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/reductions.hpp"

#include <septet/error.hpp>

#include <atomic>
#include <string>

namespace septet::abi {
namespace {

constexpr int built_in = 5;  ///< Source: ncclNumOps.
constexpr int types = 12;    ///< Source: ncclNumTypes of 2.30.
constexpr int from_device = 0;
constexpr int immediate = 1;

/// A communicator's handles are neighbours, so many at most, and communicators take turns.
constexpr int handles_each = 1 << 20;
constexpr int turns = 2000;

int next_first_handle() {
  static std::atomic<unsigned> made{0};
  return built_in + static_cast<int>(made.fetch_add(1) % turns) * handles_each;
}

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::argument, text); }

}  // namespace

DataType data_type(ncclDataType_t type) {
  const auto number = static_cast<int>(type);
  if (number >= 0 && number < types) return static_cast<DataType>(number);
  refuse("data type " + std::to_string(number) + ": there are 0 (int8) to 11 (float8_e5m2)");
}

Reductions::Reductions() : first_(next_first_handle()) {}

ncclRedOp_t Reductions::create(const void* factor, ncclDataType_t type,
                               ncclScalarResidence_t residence) {
  if (factor == nullptr) refuse("the scalar is null");
  if (residence != from_device && residence != immediate) {
    refuse("scalar residence " + std::to_string(residence) +
           ": there are 0 (in device memory) and 1 (copied at the call)");
  }
  Scaled scaled{data_type(type), nullptr, {}};
  if (residence == from_device) {
    scaled.on_device = factor;
  } else {
    scaled.factor = factor_of(factor, scaled.type);
  }
  const std::scoped_lock lock(mutex_);
  int handle = first_;
  for (const auto& [taken, unused] : user_) {
    if (taken != handle) break;
    ++handle;
  }
  user_.emplace(handle, scaled);
  return static_cast<ncclRedOp_t>(handle);
}

void Reductions::destroy(ncclRedOp_t handle) {
  if (handle >= 0 && handle < built_in) {
    refuse("reduction " + std::to_string(handle) + " is built in: it stays");
  }
  const std::scoped_lock lock(mutex_);
  if (user_.erase(handle) == 0) {
    refuse("reduction " + std::to_string(handle) + " was not made for this communicator");
  }
}

Reductions::Scaled Reductions::find(ncclRedOp_t handle) const {
  const std::scoped_lock lock(mutex_);
  const auto place = user_.find(handle);
  if (place != user_.end()) return place->second;
  refuse("reduction " + std::to_string(handle) +
         ": there are 0 (sum), 1 (prod), 2 (max), 3 (min), 4 (avg), and those that "
         "ncclRedOpCreatePreMulSum made for this communicator");
}

Operation Reductions::apply(Operation operation, ncclRedOp_t handle) const {
  if (handle >= 0 && handle < built_in) {
    operation.reduction = static_cast<Reduction>(handle);
    return operation;
  }
  const auto scaled = find(handle);
  if (scaled.type != operation.type) {
    refuse("reduction " + std::to_string(handle) + " was made for " +
           std::string(name_of(scaled.type)) + ", not for " + std::string(name_of(operation.type)));
  }
  operation.reduction = Reduction::sum;
  operation.scale = scaled.on_device;
  operation.factor = scaled.factor;
  return operation;
}

}  // namespace septet::abi
