// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/page.hpp"

#include <string>
#include <vector>

namespace septet::cli {

// Scripts that complete verbs, options and their values, each for one shell to source.
[[nodiscard]] std::string bash_completion(const Page& program, const std::vector<Page>& verbs);
[[nodiscard]] std::string zsh_completion(const Page& program, const std::vector<Page>& verbs);
[[nodiscard]] std::string fish_completion(const Page& program, const std::vector<Page>& verbs);

/// `text` within single quotes, as all three shells read it.
[[nodiscard]] std::string quote(std::string_view text);

/// The names of `options`, in their order.
[[nodiscard]] std::vector<std::string> names_of(const std::vector<OptionPage>& options);

/// Whether the verb runs a command of the user's.
[[nodiscard]] bool runs_command(const Page& verb);

}  // namespace septet::cli
