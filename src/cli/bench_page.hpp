// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace septet::cli {

/// The text of bench_page.html beside this file, with "{{data}}" where the data goes. Built in.
extern const std::string_view bench_page;

}  // namespace septet::cli
