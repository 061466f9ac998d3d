// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/error.hpp>

#include <concepts>
#include <source_location>
#include <string>

namespace septet {

/// Throws Error `system`: what was tried, and the words for `code`, by default errno.
[[noreturn]] void throw_errno(const std::string& what,
                              std::source_location where = std::source_location::current());
[[noreturn]] void throw_errno(const std::string& what, int code,
                              std::source_location where = std::source_location::current());

/// Returns `result`, or throws Error `system` when a system call answered -1.
template <std::signed_integral Result>
Result check(Result result, const std::string& what,
             std::source_location where = std::source_location::current()) {
  if (result == -1) throw_errno(what, where);
  return result;
}

}  // namespace septet
