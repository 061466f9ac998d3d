// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace septet::bench {

/// The text of gloo.py beside this file. Built in.
extern const std::string_view gloo_program;

}  // namespace septet::bench
