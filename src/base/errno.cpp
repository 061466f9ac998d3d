// SPDX-License-Identifier: Apache-2.0
#include "base/errno.hpp"

#include <cerrno>
#include <system_error>

namespace septet {

void throw_errno(const std::string& what, std::source_location where) {
  throw_errno(what, errno, where);
}

void throw_errno(const std::string& what, int code, std::source_location where) {
  throw Error(ErrorKind::system, what + ": " + std::generic_category().message(code), where);
}

}  // namespace septet
