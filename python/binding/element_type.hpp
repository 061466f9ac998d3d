// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "binding/dlpack.hpp"
#include <septet/data_type.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace septet::python {

/// An element type as an array tells it.
struct ElementType {
  DataType type;
  bool is_logical = false;
};

/// That of a format of the struct module in native order, e.g. "f" or "<i4"'s "i", with its size.
[[nodiscard]] std::optional<ElementType> type_of_format(std::string_view format, std::size_t bytes);

/// That of a type string of NumPy's array interface, e.g. "<f4".
[[nodiscard]] std::optional<ElementType> type_of_interface(std::string_view text);

/// That of a type which NumPy calls `name` and knows nothing of: those of ml_dtypes.
[[nodiscard]] std::optional<ElementType> type_of_name(std::string_view name);

[[nodiscard]] std::optional<ElementType> type_of_dlpack(dlpack::Type type);

}  // namespace septet::python
