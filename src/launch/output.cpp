// SPDX-License-Identifier: Apache-2.0
#include "launch/output.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "launch/pipe.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace septet {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} * 1024;
constexpr std::size_t kept_lines = 10;

bool is_same_file(int one, int other) {
  struct stat a{};
  struct stat b{};
  return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

/// "[3] ", in one of six colours on a terminal.
std::string tag_of(int rank, bool colour) {
  const auto tag = "[" + std::to_string(rank) + "] ";
  return colour ? "\x1b[3" + std::to_string(1 + rank % 6) + "m" + tag + "\x1b[0m" : tag;
}

}  // namespace

Output::Output(const Job& job)
    : job_(job),
      out_(STDOUT_FILENO),
      own_err_(STDERR_FILENO),
      err_(is_same_file(STDOUT_FILENO, STDERR_FILENO) ? out_ : own_err_),
      buffer_(buffer_size) {
  if (job.log_folder) std::filesystem::create_directories(*job.log_folder);
}

Output::Ends Output::open(int rank) {
  std::erase_if(streams_, [rank](const auto& stream) { return stream->rank == rank; });
  return {open_stream(rank, "out", out_, ::isatty(STDOUT_FILENO) == 1),
          open_stream(rank, "err", err_, ::isatty(STDERR_FILENO) == 1)};
}

UniqueFd Output::open_stream(int rank, std::string_view name, Sink& sink, bool colour) {
  auto [read_end, write_end] = make_pipe();
  check(::fcntl(read_end.get(), F_SETFL, O_NONBLOCK), "make a pipe non-blocking");
  streams_.push_back(std::make_unique<Stream>(
      Stream{.rank = rank,
             .pipe = std::move(read_end),
             .log = open_log(rank, name),
             .sink = sink,
             .lines = LineStream(job_.tag ? tag_of(rank, colour) : "",
                                 [&sink](std::string_view text) { sink.put(text); })}));
  return std::move(write_end);
}

UniqueFd Output::open_log(int rank, std::string_view name) const {
  if (!job_.log_folder) return {};
  const auto path = *job_.log_folder / ("rank-" + std::to_string(rank) + "." + std::string(name));
  // Appended to: a restart must not wipe out why there was one.
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  return UniqueFd(check(::open(path.c_str(), flags, 0666), "open " + path.string()));
}

void Output::note(const std::string& text) {
  if (!job_.quiet) err_.put("septet: " + text + "\n");
}

void Output::add_to(PollSet& polls) {
  for (const auto& stream : streams_) {
    if (!stream->pipe || stream->sink.is_full()) continue;
    polls.add(stream->pipe.get(), POLLIN, [this, &chosen = *stream] { read_some(chosen); });
  }
  out_.add_to(polls);
  own_err_.add_to(polls);
}

/// Whether more may be there.
bool Output::read_some(Stream& stream) {
  const auto got = ::read(stream.pipe.get(), buffer_.data(), buffer_.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (bytes.empty()) {
    close(stream);
    return false;
  }
  write_log(stream, bytes);
  stream.lines.feed(bytes);
  // When nobody reads our stream, the rank is to learn it as if it wrote there itself.
  if (stream.sink.is_closed() && !stream.log) close(stream);
  return static_cast<bool>(stream.pipe);
}

void Output::close(Stream& stream) {
  stream.lines.finish();
  stream.pipe.reset();
}

void Output::write_log(Stream& stream, std::string_view bytes) {
  if (!stream.log) return;
  try {
    write_all(stream.log.get(), bytes);
  } catch (const Error& error) {
    // A full disk must not end hours of training.
    stream.log.reset();
    note("the log of rank " + std::to_string(stream.rank) + " ends here: " + error.what());
  }
}

void Output::finish_ranks() {
  for (const auto& stream : streams_) {
    while (stream->pipe && read_some(*stream)) {
    }
    if (stream->pipe) close(*stream);
  }
}

bool Output::is_flushed() const noexcept { return out_.is_empty() && own_err_.is_empty(); }

std::vector<std::string> Output::last_lines(int rank) const {
  std::vector<std::string> lines;
  for (const auto& stream : streams_) {  // stdout stands before stderr.
    if (stream->rank != rank) continue;
    auto end = stream->lines.last_lines(kept_lines);
    if (!end.empty()) lines = std::move(end);
  }
  return lines;
}

}  // namespace septet
