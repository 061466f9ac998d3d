// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/line_stream.hpp"
#include "launch/poll_set.hpp"
#include "launch/sink.hpp"
#include <septet/launch.hpp>
#include <septet/unique_fd.hpp>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace septet {

/// What the ranks write, on its way to this process's own streams and to log files.
///
/// Lines of different ranks are never torn: each is held back until it is whole. One object for
/// all attempts of a job; open a rank's streams anew for each.
class Output {
 public:
  explicit Output(const Job& job);

  /// The two descriptors that become a rank's 1 and 2. Close them once it has been spawned.
  struct Ends {
    UniqueFd out;
    UniqueFd err;
  };
  [[nodiscard]] Ends open(int rank);

  /// A note of our own, a whole line on stderr between those of the ranks; not when quiet.
  void note(const std::string& text);

  /// Waits for what ranks write and for room to write it on.
  void add_to(PollSet& polls);

  /// Reads what is left of all ranks, which have ended, and closes their streams.
  void finish_ranks();

  /// All that was read has been written on, or nobody wants it any more.
  [[nodiscard]] bool is_flushed() const noexcept;

  /// The end of what `rank` wrote to stderr, else to stdout.
  [[nodiscard]] std::vector<std::string> last_lines(int rank) const;

 private:
  /// One stream of one rank.
  struct Stream {
    int rank;
    UniqueFd pipe;
    UniqueFd log;
    Sink& sink;
    LineStream lines;
  };

  [[nodiscard]] UniqueFd open_stream(int rank, std::string_view name, Sink& sink, bool colour);
  [[nodiscard]] UniqueFd open_log(int rank, std::string_view name) const;
  bool read_some(Stream& stream);
  void close(Stream& stream);
  void write_log(Stream& stream, std::string_view bytes);

  const Job& job_;
  Sink out_;
  Sink own_err_;
  Sink& err_;  ///< `out_` when both streams are one file, so that lines do not cut each other.
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<char> buffer_;
};

}  // namespace septet
