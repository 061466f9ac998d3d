// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/data_type.hpp>

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace septet::python {

/// Where the memory of an array is.
enum class Place { host, device };

/// What a call does with an array.
enum class Access { read, write };

/// The memory of a Python object that holds numbers, contiguous in C order. Nothing is copied.
///
/// Made and destroyed with the GIL; while it lives, Python keeps the memory.
struct Array {
  void* data = nullptr;
  std::size_t count = 0;  ///< Elements.
  DataType type = DataType::uint8;
  bool is_logical = false;  ///< Python's bool: moved as bytes, not to be summed.
  Place place = Place::host;
  std::uintptr_t stream = 0;  ///< CUDA's, of the library that made it; 0: the default one.
  pybind11::object keeper;
};

/// The array of `object`: by the buffer protocol (NumPy, bytearray, array.array), as NumPy array of
/// an added type (ml_dtypes), by DLPack (PyTorch, JAX, CuPy) or by __cuda_array_interface__.
/// `name` is what messages call it. Throws Error `argument` when it is none of them, not
/// contiguous, of another type, or read-only while it is to be written; what the object itself
/// throws is passed on.
[[nodiscard]] Array array_of(const pybind11::object& object, Access access,
                             const std::string& name);

}  // namespace septet::python
