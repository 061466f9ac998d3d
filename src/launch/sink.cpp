// SPDX-License-Identifier: Apache-2.0
#include "launch/sink.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace septet {
namespace {

constexpr std::size_t full = 1 << 20;

/// A pipe that poll calls writable takes PIPE_BUF bytes at once (pipe(7)); a file takes any number.
std::size_t portion_for(int descriptor) {
  struct stat status{};
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  return is_file ? full : PIPE_BUF;
}

}  // namespace

Sink::Sink(int descriptor) : descriptor_(descriptor), portion_(portion_for(descriptor)) {}

void Sink::put(std::string_view text) {
  if (!closed_) kept_.append(text);
}

bool Sink::is_full() const noexcept { return kept_.size() - written_ >= full; }

void Sink::add_to(PollSet& polls) {
  if (!is_empty()) polls.add(descriptor_, POLLOUT, [this] { write_some(); });
}

/// Ends with a line where it can: then others who write to the same pipe find lines whole.
std::string_view Sink::next_portion() const noexcept {
  const auto rest = std::string_view(kept_).substr(written_);
  if (rest.size() <= portion_) return rest;
  const auto newline = rest.rfind('\n', portion_ - 1);
  return rest.substr(0, newline == std::string_view::npos ? portion_ : newline + 1);
}

void Sink::write_some() {
  const auto portion = next_portion();
  const auto taken = ::write(descriptor_, portion.data(), portion.size());
  if (taken < 0 && (errno == EINTR || errno == EAGAIN)) return;
  closed_ = taken < 0;
  written_ = closed_ ? kept_.size() : written_ + static_cast<std::size_t>(taken);
  if (!is_empty() && written_ < full) return;
  kept_.erase(0, written_);
  written_ = 0;
}

}  // namespace septet
