// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/nccl.hpp"
#include <septet/operation.hpp>

#include <map>
#include <mutex>

namespace septet::abi {

/// The user reductions of one communicator. Their handles are numbers from 5 on, other ones for
/// other communicators, so that one of another communicator is known. Any thread.
class Reductions {
 public:
  Reductions();

  /// Throws Error `argument` for a null factor, an unknown type or residence.
  [[nodiscard]] ncclRedOp_t create(const void* factor, ncclDataType_t type,
                                   ncclScalarResidence_t residence);

  /// Throws Error `argument` for a built-in one, one of another communicator, or none.
  void destroy(ncclRedOp_t handle);

  /// `operation`, a sum so far, with the reduction that `handle` stands for, which may be destroyed
  /// right after. Throws Error `argument` when there is none, or when it was made for another type.
  [[nodiscard]] Operation apply(Operation operation, ncclRedOp_t handle) const;

 private:
  /// What ncclRedOpCreatePreMulSum makes: a sum of what each rank multiplies by its own factor.
  struct Scaled {
    DataType type;
    const void* on_device;  ///< Where the device finds the factor; null: here it is.
    Factor factor;
  };
  [[nodiscard]] Scaled find(ncclRedOp_t handle) const;

  int first_;
  mutable std::mutex mutex_;
  std::map<int, Scaled> user_;
};

/// The types that NCCL has. Throws Error `argument` for other numbers.
[[nodiscard]] DataType data_type(ncclDataType_t type);

}  // namespace septet::abi
