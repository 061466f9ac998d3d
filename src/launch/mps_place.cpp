// SPDX-License-Identifier: Apache-2.0
#include "launch/mps_place.hpp"

#include "base/errno.hpp"
#include <septet/error.hpp>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace septet {
namespace {

/// The longest name that the daemon makes in its pipe folder.
constexpr std::string_view longest_socket = "control_privileged";

/// The folder that all leases share: what stands before the sub-leases of one.
std::filesystem::path outermost(const std::filesystem::path& lease_folder) {
  std::filesystem::path result;
  for (const auto& part : lease_folder) {
    if (part == "within") break;
    result /= part;
  }
  return result;
}

void refuse_long_name(const MpsPlace& place) {
  const auto socket = place.pipe() / longest_socket;
  constexpr auto limit = sizeof(sockaddr_un::sun_path) - 1;
  if (socket.native().size() <= limit) return;
  throw Error(ErrorKind::system, socket.string() + " is longer than the " + std::to_string(limit) +
                                     " bytes that a socket's name may have: set SEPTET_STATE to a "
                                     "shorter folder");
}

void make_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == -1 && errno != EEXIST)
    throw_errno("make " + folder.string());
}

void refuse_others(const std::filesystem::path& folder) {
  struct stat status{};
  check(::lstat(folder.c_str(), &status), "look at " + folder.string());
  if (S_ISDIR(status.st_mode) && status.st_uid == ::geteuid()) return;
  throw Error(ErrorKind::system, folder.string() +
                                     " is not this user's folder: remove it, or set "
                                     "SEPTET_STATE to another folder");
}

}  // namespace

MpsPlace mps_place(const std::filesystem::path& lease_folder, const std::string& gpu_uuid) {
  const auto name = gpu_uuid + "." + std::to_string(::geteuid());
  return {.gpu_uuid = gpu_uuid, .folder = outermost(lease_folder) / "mps" / name};
}

void make_folders(const MpsPlace& place) {
  refuse_long_name(place);
  make_folder(place.folder);
  refuse_others(place.folder);
  make_folder(place.pipe());
  make_folder(place.log());
}

}  // namespace septet
