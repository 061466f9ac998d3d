// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace septet {

/// `words` as execve(2) takes them, with the null at the end; they must outlive it. Execve changes
/// none of them: its signature is older than const.
[[nodiscard]] inline std::vector<char*> exec_words(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace septet
