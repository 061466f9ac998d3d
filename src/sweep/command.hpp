// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/space.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// A command with places in braces for what differs from trial to trial.
///
/// `{lr}` is the value of parameter lr, `{trial}` or `{#}` the trial's number, `{seed}`, `{slice}`,
/// `{slot}` or `{%}` and `{folder}` are what docs/sweep.md says; `{}` is the value, or the values
/// with blanks between, of what `:::` or stdin gave. `{{` is a brace. What does not read as a name
/// stays as it is: `{"a": 1}` needs no care. Values go in as they are, and are not looked through.
class CommandTemplate {
 public:
  /// `words` is the command; `names` what may stand in braces. A command without any place gets
  /// `{}` as its last word when there are numbered names ("1", "2", …), as GNU parallel does.
  /// Throws Error `usage` for a name that is none of `names`.
  CommandTemplate(const std::vector<std::string>& words, const std::vector<std::string>& names);

  /// The command with `values` in place; each word stays one word. Throws Error `internal` when
  /// a name that occurs has no value.
  [[nodiscard]] std::vector<std::string> fill(const Parameters& values) const;

 private:
  /// Text, then a name, whose value follows it; the last piece of a word may have no name.
  struct Piece {
    std::string text;
    std::string name;
  };
  using Word = std::vector<Piece>;

  std::vector<Word> words_;
};

/// What may stand in braces besides parameters.
[[nodiscard]] const std::vector<std::string>& own_names();

}  // namespace septet
