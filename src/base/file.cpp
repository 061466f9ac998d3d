// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include "base/errno.hpp"
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace septet {
namespace {

std::string read_to_end(int descriptor, const std::string& name) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    check(got, "read " + name);
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const UniqueFd file(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open " + path.string()));
  return read_to_end(file.get(), path.string());
}

std::optional<std::string> try_read_file(const std::filesystem::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  try {
    return read_to_end(file.get(), path.string());
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    check(put, "write to descriptor " + std::to_string(descriptor));
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

void replace_file(const std::filesystem::path& path, std::string_view text) {
  const std::string beside = path.string() + "." + std::to_string(::getpid());
  {
    const UniqueFd file(
        check(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644),
              "create " + beside));
    write_all(file.get(), text);
  }
  check(std::rename(beside.c_str(), path.c_str()), "rename " + beside + " to " + path.string());
}

}  // namespace septet
