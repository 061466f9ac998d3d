// SPDX-License-Identifier: Apache-2.0
#include "launch/bridge.hpp"

#include "base/errno.hpp"
#include "launch/spawn.hpp"
#include <septet/error.hpp>
#include <septet/launch.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace septet {
namespace {

/// Two ends of one connection; the first gives up after `patience`.
std::array<UniqueFd, 2> connection(std::chrono::seconds patience) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  std::array<UniqueFd, 2> owned{UniqueFd(ends[0]), UniqueFd(ends[1])};
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    check(::setsockopt(ends[0], SOL_SOCKET, option, &limit, sizeof limit), "setsockopt");
  }
  return owned;
}

/// None where there is no log.
UniqueFd open_log(const std::filesystem::path& log) {
  if (log.empty()) return {};
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  return UniqueFd(check(::open(log.c_str(), flags, 0644), "open " + log.string()));
}

}  // namespace

Bridge::Bridge(const BridgeProgram& program, const Environment& environment)
    : whose_(program.whose), log_(program.log) {
  auto [own, theirs] = connection(program.patience);
  const auto errors = open_log(log_);
  pid_ = spawn({.program = find_program(program.python, environment),
                .arguments = {program.python, "-c", std::string(program.text)},
                .variables = environment.strings(),
                .input = theirs.get(),
                .output = theirs.get(),
                .error = errors.get(),
                .inherited = program.inherited,
                .group = {},
                .cpus = {},
                .signal_mask = {}});
  process_.reset(static_cast<int>(check(::syscall(SYS_pidfd_open, pid_, 0), "pidfd_open")));
  socket_ = std::move(own);
}

Bridge::~Bridge() {
  // Nothing is lost: what it is to keep it has stored before it answers.
  ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
  ::waitid(P_PIDFD, static_cast<id_t>(process_.get()), nullptr, WEXITED);
}

nlohmann::json Bridge::ask(const nlohmann::json& question) {
  send(question.dump() + "\n");
  auto answer = nlohmann::json::parse(receive(), nullptr, false);
  if (!answer.is_object()) give_up("answers what is no JSON");
  if (answer.contains("error")) {
    throw Error(ErrorKind::argument, whose_ + ": " + answer["error"].get<std::string>());
  }
  return answer;
}

void Bridge::send(const std::string& line) {
  for (std::size_t sent = 0; sent < line.size();) {
    const auto count = ::send(socket_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) give_up(errno == EAGAIN ? "does not listen" : "has ended");
    sent += static_cast<std::size_t>(count);
  }
}

std::string Bridge::receive() {
  std::array<char, 4096> piece{};
  for (;;) {
    const auto end = received_.find('\n');
    if (end != std::string::npos) {
      auto line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    const auto count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) give_up(count < 0 && errno == EAGAIN ? "does not answer" : "has ended");
    received_.append(piece.data(), static_cast<std::size_t>(count));
  }
}

void Bridge::give_up(const std::string& what) const {
  throw Error(ErrorKind::system, "the Python process that runs " + whose_ + " " + what + ": see " +
                                     (log_.empty() ? "what it wrote above" : log_.string()));
}

}  // namespace septet
