// SPDX-License-Identifier: Apache-2.0
// The settings that ncclParam… knows: the variables that this library reads. Numbers are of 64 bits
// with a sign, as most of NCCL's are; the rest is text.
#pragma once

#include "communicate/abi/nccl.hpp"
#include "communicate/abi/variables.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace septet::abi {

/// One setting. What an ncclParamHandle_t points to.
struct Parameter {
  const char* key;
  bool is_number;
  const char* otherwise;  ///< The value when nobody set it; may be empty.
  const char* meaning;
};

/// In the order of their keys.
[[nodiscard]] std::span<const Parameter> parameters() noexcept;

/// Throw Error `argument` for a key, or a handle, of none.
[[nodiscard]] const Parameter& parameter_of(const char* key);
[[nodiscard]] const Parameter& parameter_of(ncclParamHandle_t handle);
[[nodiscard]] ncclParamHandle_t handle_of(const Parameter& parameter) noexcept;

/// Its value now. Of a text that is no number, the one that stands for "not set".
[[nodiscard]] std::string text_of(const Parameter& parameter, const Lookup& variables);
[[nodiscard]] std::int64_t number_of(const Parameter& parameter, const Lookup& variables);

/// Throws Error `argument`: `parameter` is not of the asked for type.
[[noreturn]] void refuse_type(const Parameter& parameter, std::string_view asked);

/// All of them with value and meaning, some lines each.
[[nodiscard]] std::string dump_of_parameters(const Lookup& variables);

}  // namespace septet::abi
