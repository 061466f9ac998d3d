// SPDX-License-Identifier: Apache-2.0
#include "sweep/journal.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "sweep/draw.hpp"
#include <septet/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <type_traits>
#include <utility>

namespace septet {
namespace {

/// How long a sweep that was killed may take to be gone with its trials, in steps of 10 ms.
constexpr int patience_steps = 300;

void lock(int descriptor, const std::filesystem::path& path) {
  for (int step = 0; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++step) {
    if (errno != EWOULDBLOCK) throw_errno("lock " + path.string());
    if (step == patience_steps) {
      throw Error(ErrorKind::unavailable, "another sweep is writing " + path.string() +
                                              ": wait for its end, or give another --folder");
    }
    ::poll(nullptr, 0, 10);
  }
}

/// A new file's name is on disk only when its folder is.
void sync_folder(const std::filesystem::path& file) {
  const auto folder = file.parent_path().empty() ? "." : file.parent_path();
  const UniqueFd opened(
      check(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open " + folder.string()));
  check(::fsync(opened.get()), "write " + folder.string() + " to disk");
}

}  // namespace

std::size_t read_journal(std::string_view text, std::string_view source,
                         const std::function<void(Event)>& on_event) {
  std::size_t start = 0;
  for (int line = 1;; ++line) {
    const auto end = text.find('\n', start);
    if (end == std::string_view::npos) return start;
    try {
      auto event = parse_event(text.substr(start, end - start));
      if (line == 1 && !std::holds_alternative<SweepEvent>(event)) {
        throw Error(ErrorKind::argument, "the first event is not \"sweep\"");
      }
      on_event(std::move(event));
    } catch (const Error& error) {
      throw Error(ErrorKind::argument,
                  std::string(source) + ", line " + std::to_string(line) + ": " + error.what());
    }
    start = end + 1;
  }
}

std::uint64_t digest_of(const Parameters& parameters) {
  Digest digest;
  for (const auto& each : parameters) {
    digest.add(each.name);
    digest.add(each.value);
  }
  return digest.value();
}

void History::add(const Event& event) {
  if (const auto* started = std::get_if<SweepEvent>(&event)) {
    sweep = *started;
  } else if (const auto* start = std::get_if<StartEvent>(&event)) {
    trials[start->trial].parameters = digest_of(start->parameters);
  } else if (const auto* end = std::get_if<EndEvent>(&event)) {
    auto& trial = trials[end->trial];
    count(trial.outcome, -1);
    trial.outcome = end->outcome;
    count(trial.outcome, 1);
    if (is_own_end(end->outcome)) ++trial.attempts;
  }
}

void History::count(std::optional<Outcome> outcome, int by) {
  if (!outcome || !is_own_end(*outcome)) return;
  (is_failure(*outcome) ? failed : done) += by;
}

Journal::Journal(std::filesystem::path path) : path_(std::move(path)) {
  file_ = UniqueFd(check(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
                         "open " + path_.string()));
  lock(file_.get(), path_);
  const auto text = read_file(path_);
  const auto whole =
      read_journal(text, path_.string(), [this](const Event& event) { history_.add(event); });
  if (whole < text.size()) {
    check(::ftruncate(file_.get(), static_cast<off_t>(whole)), "cut " + path_.string());
  }
  sync_folder(path_);
}

void Journal::append(const Event& event) {
  history_.add(event);
  pending_ += print_event(event);
}

void Journal::commit() {
  if (pending_.empty()) return;
  write_all(file_.get(), pending_);
  pending_.clear();
  check(::fdatasync(file_.get()), "write " + path_.string() + " to disk");
}

}  // namespace septet
