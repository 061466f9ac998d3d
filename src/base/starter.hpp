// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace septet {

/// A name for the process that started this one and its like: the nearest ancestor in whose
/// environment `variable` is not set, so that shells in between do not count. With no variable, or
/// where /proc is hidden, the parent. A process number that is used again is another name.
[[nodiscard]] std::string name_of_starter(std::string_view variable);

}  // namespace septet
