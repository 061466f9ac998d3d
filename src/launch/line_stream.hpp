// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// Cuts what a process writes into whole lines. Feed it in any portions: what comes out is the
/// same.
class LineStream {
 public:
  /// Where text goes on to: whole lines with their newlines, or a piece of a long one.
  using Forward = std::function<void(std::string_view)>;

  /// The longest line that is held back until it is whole; a longer one passes in pieces.
  static constexpr std::size_t longest_line = std::size_t{64} * 1024;

  /// Every line gets `prefix`; with a prefix the last one gets a newline if it lacks it.
  LineStream(std::string prefix, Forward forward);

  void feed(std::string_view bytes);

  /// No more comes: passes on what is left.
  void finish();

  /// The last lines that were fed, at most `count`, without newlines.
  [[nodiscard]] std::vector<std::string> last_lines(std::size_t count) const;

 private:
  void pass_on(std::string_view text);
  void remember(std::string_view bytes);

  std::string prefix_;
  Forward forward_;
  std::string partial_;       ///< The beginning of a line.
  bool within_line_ = false;  ///< A piece of the present line has been passed on.
  std::string tail_;          ///< The end of everything, for last_lines.
};

}  // namespace septet
