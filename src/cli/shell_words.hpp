// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace septet::cli {

/// `word` as a shell reads it back: in single quotes if need be.
[[nodiscard]] std::string shell_word(const std::string& word);

/// All of a command, on one line unless a word has line ends.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace septet::cli
