// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace septet {

/// The text of report.html beside this file, with "{{data}}" where the data goes. Built in.
extern const std::string_view report_page;

}  // namespace septet
