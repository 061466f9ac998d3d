// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/page.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace septet::cli {

/// `text` broken at spaces into lines of at most `width` columns, each but the first indented by
/// `indent` spaces. A longer word gets a line of its own. Counts characters, not bytes.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

/// What `septet --help` and `septet VERB --help` print, `columns` wide.
class HelpFormatter : public CLI::FormatterBase {
 public:
  explicit HelpFormatter(int columns);

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  std::size_t columns_;
};

}  // namespace septet::cli
