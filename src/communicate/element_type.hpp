// SPDX-License-Identifier: Apache-2.0
// From a DataType and a Reduction, known at run time, to template arguments.
#pragma once

#include "communicate/both.hpp"
#include "communicate/small_float.hpp"
#include <septet/data_type.hpp>

#include <cstdint>
#include <type_traits>

namespace septet {

template <typename T>
struct ElementType {
  using type = T;
};

template <Reduction reduction>
using ReductionConstant = std::integral_constant<Reduction, reduction>;

// The callable may be of the host or of the device alone: nvcc must not mind.
#ifdef __CUDACC__
#pragma nv_exec_check_disable
#endif
/// Calls callable(ElementType<T>{}, more…) with the T that `type` means; not at all if it means
/// none.
template <typename Callable, typename... More>
SEPTET_BOTH constexpr void with_type(DataType type, Callable&& callable, More... more) {
  switch (type) {
    case DataType::int8:
      return callable(ElementType<std::int8_t>{}, more...);
    case DataType::uint8:
      return callable(ElementType<std::uint8_t>{}, more...);
    case DataType::int32:
      return callable(ElementType<std::int32_t>{}, more...);
    case DataType::uint32:
      return callable(ElementType<std::uint32_t>{}, more...);
    case DataType::int64:
      return callable(ElementType<std::int64_t>{}, more...);
    case DataType::uint64:
      return callable(ElementType<std::uint64_t>{}, more...);
    case DataType::float16:
      return callable(ElementType<Float16>{}, more...);
    case DataType::float32:
      return callable(ElementType<float>{}, more...);
    case DataType::float64:
      return callable(ElementType<double>{}, more...);
    case DataType::bfloat16:
      return callable(ElementType<BFloat16>{}, more...);
    case DataType::float8_e4m3:
      return callable(ElementType<Float8E4M3>{}, more...);
    case DataType::float8_e5m2:
      return callable(ElementType<Float8E5M2>{}, more...);
    case DataType::int16:
      return callable(ElementType<std::int16_t>{}, more...);
    case DataType::uint16:
      return callable(ElementType<std::uint16_t>{}, more...);
  }
}

/// Calls callable(ElementType<T>{}, ReductionConstant<r>{}), or nothing, as above.
template <typename Callable>
SEPTET_BOTH constexpr void with_type_and_reduction(DataType type, Reduction reduction,
                                                   Callable&& callable) {
  switch (reduction) {
    case Reduction::sum:
      return with_type(type, callable, ReductionConstant<Reduction::sum>{});
    case Reduction::prod:
      return with_type(type, callable, ReductionConstant<Reduction::prod>{});
    case Reduction::max:
      return with_type(type, callable, ReductionConstant<Reduction::max>{});
    case Reduction::min:
      return with_type(type, callable, ReductionConstant<Reduction::min>{});
    case Reduction::avg:
      return with_type(type, callable, ReductionConstant<Reduction::avg>{});
  }
}

}  // namespace septet
