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

World load_from(const std::filesystem::path& file) {
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

bool is_same_file(int descriptor, const std::filesystem::path& path) {
  struct stat opened{};
  struct stat named{};
  check(::fstat(descriptor, &opened), "look at simulated host " + path.string());
  check(::stat(path.c_str(), &named), "look at simulated host " + path.string());
  return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

std::optional<std::filesystem::path> state_file(std::string_view spec) {
  if (spec.starts_with('@')) return spec.substr(1);
  if (spec.find('/') != std::string_view::npos || spec.ends_with(".json")) return spec;
  return std::nullopt;
}

World open_world(std::string_view spec) {
  const auto file = state_file(spec);
  return file ? load_from(*file) : parse_spec(spec);
}

Store::Store(std::string_view spec) : file_(state_file(spec)) {
  if (file_) {
    load();
  } else {
    world_ = parse_spec(spec);
  }
}

const World& Store::read() {
  if (file_ && !is_same_file(seen_.get(), *file_)) load();
  return world_;
}

void Store::load() {
  // Opened before it is read: what is replaced in between is read again next time.
  UniqueFd now(check(::open(file_->c_str(), O_RDONLY | O_CLOEXEC), "open " + file_->string()));
  world_ = load_from(*file_);
  seen_ = std::move(now);
}

void Store::update(const std::function<void(World&)>& change) {
  const auto lock = file_ ? lock_of(*file_) : UniqueFd();
  auto changed = read();
  change(changed);
  if (file_) replace_file(*file_, write_state(changed));
  world_ = std::move(changed);
}

}  // namespace septet::simulated
