// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/nccl.hpp"
#include <septet/operation.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace septet::abi {

/// What a program made by ncclRedOpCreatePreMulSum: sum what each rank first multiplies by its own
/// factor. A value: calls keep a copy, so it may be destroyed right after them.
struct UserReduction {
  DataType type = DataType::float32;
  const void* on_device = nullptr;  ///< Where the device finds the factor; null: it is below.
  std::array<std::byte, 8> factor{};
};

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

  /// An operation, and what must live until it was launched.
  struct Applied {
    Operation operation;
    std::shared_ptr<const UserReduction> user;
  };

  /// `operation`, a sum so far, with the reduction that `handle` stands for. Throws Error
  /// `argument` when there is none, or when it was made for another type.
  [[nodiscard]] Applied apply(Operation operation, ncclRedOp_t handle) const;

 private:
  [[nodiscard]] std::shared_ptr<const UserReduction> find(ncclRedOp_t handle) const;

  int first_;
  mutable std::mutex mutex_;
  std::map<int, std::shared_ptr<const UserReduction>> user_;
};

/// The types that NCCL has. Throws Error `argument` for other numbers.
[[nodiscard]] DataType data_type(ncclDataType_t type);

}  // namespace septet::abi
