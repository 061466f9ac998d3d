// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// The memory layout that DLPack fixes for a tensor, as far as it is read here. Source:
/// https://dmlc.github.io/dlpack/latest/c_api.html, the unversioned form, which every producer has.
namespace septet::python::dlpack {

struct Device {
  std::int32_t type;  ///< See host_types and device_types.
  std::int32_t id;
};

struct Type {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};

struct Tensor {
  void* data;
  Device device;
  std::int32_t dimensions;
  Type type;
  std::int64_t* shape;
  std::int64_t* strides;  ///< In elements; null: contiguous.
  std::uint64_t byte_offset;
};

/// What a capsule named "dltensor" points to; it begins with the tensor.
struct ManagedTensor {
  Tensor tensor;
  void* manager_context;
  void (*deleter)(ManagedTensor*);
};

inline constexpr std::int32_t cpu = 1;
inline constexpr std::int32_t cuda = 2;
inline constexpr std::int32_t cuda_host = 3;  ///< Pinned: the host's all the same.
inline constexpr std::int32_t cuda_managed = 13;

inline constexpr std::uint8_t signed_code = 0;
inline constexpr std::uint8_t unsigned_code = 1;
inline constexpr std::uint8_t float_code = 2;
inline constexpr std::uint8_t bfloat_code = 4;
inline constexpr std::uint8_t bool_code = 6;
inline constexpr std::uint8_t float8_e4m3fn_code = 10;
inline constexpr std::uint8_t float8_e5m2_code = 12;

}  // namespace septet::python::dlpack
