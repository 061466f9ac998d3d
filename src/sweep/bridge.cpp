// SPDX-License-Identifier: Apache-2.0
#include "sweep/bridge.hpp"

#include "base/errno.hpp"
#include "launch/spawn.hpp"
#include "sweep/bridge_program.hpp"
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

/// To load Optuna from a slow network disk takes long; an answer after that does not.
constexpr timeval patience{.tv_sec = 120, .tv_usec = 0};

/// Two ends of one connection, each of which gives up after `patience`.
std::array<UniqueFd, 2> connection() {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  std::array<UniqueFd, 2> owned{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    check(::setsockopt(ends[0], SOL_SOCKET, option, &patience, sizeof patience), "setsockopt");
  }
  return owned;
}

}  // namespace

Bridge::Bridge(const std::string& python, const Environment& environment, std::filesystem::path log)
    : log_(std::move(log)) {
  auto [own, theirs] = connection();
  const UniqueFd errors(check(::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
                              "open " + log_.string()));
  pid_ = spawn({.program = find_program(python, environment),
                .arguments = {python, "-c", std::string(bridge_program)},
                .variables = environment.strings(),
                .input = theirs.get(),
                .output = theirs.get(),
                .error = errors.get(),
                .inherited = {},
                .group = {},
                .cpus = {},
                .signal_mask = {}});
  process_.reset(static_cast<int>(check(::syscall(SYS_pidfd_open, pid_, 0), "pidfd_open")));
  socket_ = std::move(own);
}

Bridge::~Bridge() {
  // Nothing is lost: what it was told is in the storage.
  ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
  ::waitid(P_PIDFD, static_cast<id_t>(process_.get()), nullptr, WEXITED);
}

nlohmann::json Bridge::ask(const nlohmann::json& question) {
  send(question.dump() + "\n");
  auto answer = nlohmann::json::parse(receive(), nullptr, false);
  if (!answer.is_object()) give_up("answers what is no JSON");
  if (answer.contains("error")) {
    throw Error(ErrorKind::argument, "Optuna: " + answer["error"].get<std::string>());
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
  throw Error(ErrorKind::system,
              "the Python process that runs Optuna " + what + ": see " + log_.string());
}

}  // namespace septet
