// SPDX-License-Identifier: Apache-2.0
#include "launch/line_stream.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace septet {
namespace {

constexpr std::size_t tail_bytes = 4096;

}  // namespace

LineStream::LineStream(std::string prefix, Forward forward)
    : prefix_(std::move(prefix)), forward_(std::move(forward)) {}

void LineStream::feed(std::string_view bytes) {
  remember(bytes);
  const auto last_newline = bytes.rfind('\n');
  const auto whole = last_newline == std::string_view::npos ? 0 : last_newline + 1;
  partial_.append(bytes.substr(0, whole));
  if (whole > 0) pass_on(std::exchange(partial_, {}));
  partial_.append(bytes.substr(whole));
  if (partial_.size() > longest_line) pass_on(std::exchange(partial_, {}));
}

void LineStream::finish() {
  if (!partial_.empty()) pass_on(std::exchange(partial_, {}));
  if (within_line_ && !prefix_.empty()) pass_on("\n");
}

void LineStream::pass_on(std::string_view text) {
  if (prefix_.empty()) {
    within_line_ = text.back() != '\n';
    forward_(text);
    return;
  }
  std::string tagged;
  while (!text.empty()) {
    if (!within_line_) tagged += prefix_;
    const auto size = std::min(text.find('\n'), text.size() - 1) + 1;
    tagged += text.substr(0, size);
    within_line_ = tagged.back() != '\n';
    text.remove_prefix(size);
  }
  forward_(tagged);
}

void LineStream::remember(std::string_view bytes) {
  tail_.append(bytes.substr(bytes.size() - std::min(bytes.size(), tail_bytes)));
  // Cut now and then, not at every byte: the buffer may hold twice what is wanted.
  if (tail_.size() > 2 * tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
}

std::vector<std::string> LineStream::last_lines(std::size_t count) const {
  auto text = std::string_view(tail_);
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return {};
  const auto lines = split(text, '\n');
  const auto wanted = std::min(count, lines.size());
  return {lines.end() - static_cast<std::ptrdiff_t>(wanted), lines.end()};
}

}  // namespace septet
