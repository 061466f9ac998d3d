// SPDX-License-Identifier: Apache-2.0
#include "lease/identity.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace septet {

std::string user_name(uid_t uid) {
  std::vector<char> buffer(16384);  // sysconf(_SC_GETPW_R_SIZE_MAX) is a hint of 1024 on glibc.
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(uid);
}

Holder this_process(const std::string& command) {
  constexpr std::size_t longest = 200;
  return {.pid = ::getpid(),
          .uid = ::geteuid(),
          .user = user_name(::geteuid()),
          .command = command.substr(0, longest),
          .since = std::chrono::system_clock::now()};
}

std::string boot_id() {
  return std::string(trim(try_read_file("/proc/sys/kernel/random/boot_id").value_or("")));
}

std::string random_name() {
  // From the kernel: std::random_device takes tens of microseconds to ask the processor.
  std::uint32_t bits = 0;
  check(::getrandom(&bits, sizeof bits, 0), "get a random number");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  for (; name.size() < 8; bits >>= 4) name += digits[bits & 15U];
  return name;
}

}  // namespace septet
