// SPDX-License-Identifier: Apache-2.0
#include "launch/free_port.hpp"

#include "base/errno.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace septet {

FreePort::FreePort()
    : socket_(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket")) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  check(::bind(socket_.get(), any, size), "bind a free port of 127.0.0.1");
  check(::getsockname(socket_.get(), any, &size), "ask for the free port");
  number_ = ntohs(address.sin_port);
}

}  // namespace septet
