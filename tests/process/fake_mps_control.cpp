// SPDX-License-Identifier: Apache-2.0
// A stand-in for NVIDIA's nvidia-cuda-mps-control, as far as Septet speaks to it.
//
// With -f it is the daemon: it listens on the socket "control" in CUDA_MPS_PIPE_DIRECTORY, writes
// its pid there, keeps one "server" process and writes to control.log. Without it, it passes the
// commands of its standard input on to the daemon. FAKE_MPS=broken ends at once; FAKE_MPS=deaf
// ignores "quit".
#include "base/errno.hpp"
#include "base/file.hpp"
#include <septet/environment.hpp>
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

namespace {

using septet::check;
using septet::UniqueFd;

const auto environment = septet::Environment::current();
const std::filesystem::path pipe_folder = environment.get_or("CUDA_MPS_PIPE_DIRECTORY", ".");
const std::string mode = environment.get_or("FAKE_MPS", "");

UniqueFd make_socket() {
  return UniqueFd(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

sockaddr_un control_address() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (pipe_folder / "control").native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

void log(const std::string& line) {
  const auto folder = environment.get_or("CUDA_MPS_LOG_DIRECTORY", ".");
  const UniqueFd file(check(
      ::open((folder + "/control.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
      "open control.log"));
  septet::write_all(file.get(), line + "\n");
}

/// What the other end says until it has said all.
std::string hear(int descriptor) {
  std::string text;
  char byte = 0;
  while (::read(descriptor, &byte, 1) == 1) text += byte;
  return text;
}

/// Stays; a deaf daemon's has to be killed, any other ends with the daemon.
pid_t start_server() {
  const pid_t server = check(::fork(), "fork");
  if (server != 0) return server;
  if (mode != "deaf") ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) ::pause();
}

std::string answer_to(const std::string& command, pid_t server) {
  if (command == "get_server_list\n") return std::to_string(server) + "\n";
  return command == "get_default_active_thread_percentage\n" ? "100.0\n" : "";
}

void serve(const UniqueFd& listener, pid_t server) {
  for (;;) {
    const UniqueFd client(
        check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
    const auto command = hear(client.get());
    septet::write_all(client.get(), answer_to(command, server));
    if (command == "quit\n" && mode != "deaf") return;
  }
}

int run_daemon() {
  if (mode == "broken") return 1;
  const auto listener = make_socket();
  const auto address = control_address();
  check(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
        "bind");
  check(::listen(listener.get(), 64), "listen");
  septet::replace_file(pipe_folder / "nvidia-cuda-mps-control.pid",
                       std::to_string(::getpid()) + "\n");
  const bool limited = environment.get("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE").has_value();
  log("started " + std::to_string(::getpid()) + " for " +
      environment.get_or("CUDA_VISIBLE_DEVICES", "all") + (limited ? ", limited" : ""));
  const pid_t server = start_server();
  serve(listener, server);
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  log("ended");
  return 0;
}

int ask_daemon() {
  for (std::string command; std::getline(std::cin, command);) {
    const auto connection = make_socket();
    const auto address = control_address();
    check(::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
          "find MPS control daemon process");
    septet::write_all(connection.get(), command + "\n");
    ::shutdown(connection.get(), SHUT_WR);
    std::cout << hear(connection.get());
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return count == 2 && std::string(words[1]) == "-f" ? run_daemon() : ask_daemon();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
