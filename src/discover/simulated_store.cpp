// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_store.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "discover/simulated_state.hpp"
#include "discover/spec.hpp"
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace septet::simulated {
namespace {

World load(const std::filesystem::path& file) {
  try {
    return read_state(read_file(file));
  } catch (const Error& error) {
    throw Error(error.kind(), "simulated host " + file.string() + ": " + error.what());
  }
}

/// Keeps other writers out until it is closed. A file of its own, for the state itself is replaced.
UniqueFd lock_of(const std::filesystem::path& file) {
  const auto path = file.string() + ".lock";
  UniqueFd lock(check(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644), "open " + path));
  while (::flock(lock.get(), LOCK_EX) == -1) {
    if (errno != EINTR) throw_errno("lock " + path);
  }
  return lock;
}

}  // namespace

std::optional<std::filesystem::path> state_file(std::string_view spec) {
  if (spec.starts_with('@')) return spec.substr(1);
  if (spec.find('/') != std::string_view::npos || spec.ends_with(".json")) return spec;
  return std::nullopt;
}

World open_world(std::string_view spec) {
  const auto file = state_file(spec);
  return file ? load(*file) : parse_spec(spec);
}

Store::Store(std::string_view spec) : file_(state_file(spec)) {
  if (!file_) {
    world_ = parse_spec(spec);
    return;
  }
  stamp_ = stamp_of(*file_);
  world_ = load(*file_);
}

const World& Store::read() {
  if (!file_) return world_;
  // Stamped before it is read: what is replaced in between is read again next time.
  const auto stamp = stamp_of(*file_);
  if (stamp == stamp_) return world_;
  world_ = load(*file_);
  stamp_ = stamp;
  return world_;
}

void Store::update(const std::function<void(World&)>& change) {
  const auto lock = file_ ? lock_of(*file_) : UniqueFd();
  auto changed = read();
  change(changed);
  if (file_) replace_file(*file_, write_state(changed));
  world_ = std::move(changed);
}

Store::Stamp Store::stamp_of(const std::filesystem::path& file) {
  struct stat status{};
  check(::stat(file.c_str(), &status), "read simulated host " + file.string());
  constexpr std::int64_t ns = 1'000'000'000;
  return {status.st_ino, status.st_mtim.tv_sec * ns + status.st_mtim.tv_nsec};
}

}  // namespace septet::simulated
