// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/log.hpp"

#include "base/file.hpp"
#include "communicate/abi/backend.hpp"
#include "communicate/abi/version.hpp"
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <memory>
#include <utility>

namespace septet::abi {
namespace {

/// What follows from the settings. Immutable, since threads read it without a lock.
struct Log {
  LogSettings settings;
  UniqueFd file;
  const Log* before = nullptr;  ///< The one that this replaced, which threads may still use.
};

struct State {
  std::atomic<const Log*> log = nullptr;
  std::atomic<bool> has_shown_version = false;
};

State& state() noexcept {
  static State state;
  return state;
}

/// As NCCL prints it: without its domain, and fit for a file name.
std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  std::string host = name.data();
  host.resize(std::min(host.size(), host.find('.')));
  for (char& c : host) {
    if (c == '%' || c == '/') c = '-';
  }
  return host;
}

UniqueFd open_file(const std::string& pattern) {
  if (pattern.empty()) return UniqueFd();
  const auto name = file_name_of(pattern, host_name(), ::getpid());
  return UniqueFd(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666));
}

std::unique_ptr<Log> make_log() {
  auto log = std::make_unique<Log>();
  log->settings = log_settings_of(variable);
  log->file = open_file(log->settings.file);
  return log;
}

/// Puts one made of the settings of now in place of `before`; another thread's if that was first.
const Log& replace_log(const Log* before) {
  auto made = make_log();
  made->before = before;
  if (state().log.compare_exchange_strong(before, made.get())) return *made.release();
  return *before;
}

const Log& current_log() {
  const Log* log = state().log.load(std::memory_order_acquire);
  return log != nullptr ? *log : replace_log(nullptr);
}

bool tells(const Log& log, LogLevel level, Subsystem subsystem) noexcept {
  const bool about = (log.settings.subsystems & static_cast<std::uint32_t>(subsystem)) != 0;
  return log.settings.level >= level && (about || level < LogLevel::info);
}

void write(const Log& log, std::string_view line) {
  write_all(log.file ? log.file.get() : STDOUT_FILENO, line);
}

int current_device() noexcept {
  try {
    return backend().current_device();
  } catch (...) {
    return 0;  // No driver, no device: NCCL says 0 as well.
  }
}

/// "host:4711:4712 [0] "
std::string origin() {
  return host_name() + ":" + std::to_string(::getpid()) + ":" + std::to_string(::gettid()) + " [" +
         std::to_string(current_device()) + "] ";
}

std::string time_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "[%F %T] ", &parts)};
}

std::string place_text(const std::source_location& where) {
  const std::string_view file = where.file_name();
  return std::string(file.substr(file.rfind('/') + 1)) + ":" + std::to_string(where.line());
}

/// Runs `body` with the log: what it throws, like a full disk, has nobody to be told.
template <typename Body>
void with_log(const Body& body) noexcept {
  try {
    body(current_log());
  } catch (...) {
  }
}

}  // namespace

bool informs(Subsystem subsystem) noexcept {
  bool wanted = false;
  with_log([&](const Log& log) { wanted = tells(log, LogLevel::info, subsystem); });
  return wanted;
}

void inform(Subsystem subsystem, std::string_view text) noexcept {
  with_log([&](const Log& log) {
    if (!tells(log, LogLevel::info, subsystem)) return;
    write(log, origin() + "NCCL INFO " + std::string(text) + "\n");
  });
}

void warn(std::string_view text, std::source_location where) noexcept {
  with_log([&](const Log& log) {
    if (!tells(log, LogLevel::warn, Subsystem::init)) return;
    write(log, "\n" + time_text() + origin() + place_text(where) + " NCCL WARN " +
                   std::string(text) + "\n");
  });
}

void show_version(int rank) noexcept {
  with_log([&](const Log& log) {
    const auto from = rank == 0 ? LogLevel::version : LogLevel::info;
    if (log.settings.level < from || state().has_shown_version.exchange(true)) return;
    write(log, version_text() + "\n");
  });
}

void reset_log() noexcept {
  with_log([](const Log& log) { replace_log(&log); });
}

}  // namespace septet::abi
