// SPDX-License-Identifier: Apache-2.0
#include "launch/descendants.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "launch/mps_control.hpp"
#include "launch/mps_keeper.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace septet {
namespace {

using Children = std::map<pid_t, std::vector<pid_t>>;

/// The fields of /proc/PID/stat that matter here. Source: proc(5).
struct Status {
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;
  int threads = 1;

  /// Whose first thread has ended lives on while others run.
  [[nodiscard]] bool lives() const { return (state != 'Z' && state != 'X') || threads > 1; }
};

/// Counted from the state on, the third of all. Source: proc(5).
constexpr std::size_t parent_field = 1;
constexpr std::size_t group_field = 2;
constexpr std::size_t threads_field = 17;

std::optional<Status> status_of(pid_t pid) {
  const auto text = try_read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!text) return {};
  const auto close = text->rfind(')');  // A name may hold brackets and blanks itself.
  if (close == std::string::npos) return {};
  const auto fields = split(trim(std::string_view(*text).substr(close + 1)), ' ');
  if (fields.size() <= threads_field) return {};
  return Status{.state = fields[0].front(),
                .parent = parse_number<pid_t>(fields[parent_field]).value_or(0),
                .group = parse_number<pid_t>(fields[group_field]).value_or(0),
                .threads = parse_number<int>(fields[threads_field]).value_or(1)};
}

/// Needs CONFIG_PROC_CHILDREN, which all distributions set; nothing without it.
std::vector<pid_t> listed_children(pid_t pid) {
  std::vector<pid_t> children;
  std::error_code gone;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
    const auto text = try_read_file(task.path() / "children");
    if (!text) continue;
    for (const auto word : split(*text, ' ')) {
      if (const auto child = parse_number<pid_t>(word)) children.push_back(*child);
    }
  }
  return children;
}

/// Who is whose child on the whole host, for kernels without the list.
Children scan_processes() {
  Children children;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const auto pid = parse_number<pid_t>(entry.path().filename().string());
    const auto status = pid ? status_of(*pid) : std::nullopt;
    if (status) children[status->parent].push_back(*pid);
  }
  return children;
}

bool kernel_lists_children() { return ::access("/proc/thread-self/children", R_OK) == 0; }

bool serves_other_leases(pid_t pid) { return is_mps_keeper(pid) || is_kept_mps_daemon(pid); }

template <typename Wanted>
std::vector<pid_t> collect(pid_t root, const std::vector<pid_t>& left_out,
                           const Wanted& is_wanted) {
  const bool listed = kernel_lists_children();
  const auto scanned = listed ? Children() : scan_processes();
  std::vector<pid_t> found;
  std::vector<pid_t> open{root};
  while (!open.empty()) {
    const auto parent = open.back();
    open.pop_back();
    const auto in_scan = scanned.find(parent);
    for (const auto child : listed                     ? listed_children(parent)
                            : in_scan == scanned.end() ? std::vector<pid_t>()
                                                       : in_scan->second) {
      const auto status = status_of(child);
      if (!status || serves_other_leases(child)) continue;
      if (std::ranges::find(left_out, child) != left_out.end()) continue;
      open.push_back(child);
      if (is_wanted(*status)) found.push_back(child);
    }
  }
  return found;
}

bool reap_any() {
  bool reaped = false;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) reaped = true;
  return reaped;
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t root) {
  return collect(root, {}, [](const Status& status) { return status.lives(); });
}

std::vector<pid_t> family_without(const std::vector<pid_t>& branches) {
  return collect(::getpid(), branches, [](const Status&) { return true; });
}

std::vector<pid_t> descendants_in_group(pid_t root, pid_t group) {
  return collect(root, {},
                 [group](const Status& status) { return status.lives() && status.group == group; });
}

std::size_t kill_descendants(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    // Looking comes before reaping: a parent that dies while the list is made hides its children
    // from it, but is itself reaped next, and then the list is made once more.
    const auto alive = descendants_of(::getpid());
    for (const auto pid : alive) ::kill(pid, SIGKILL);
    const bool reaped = reap_any();
    if (alive.empty() && !reaped) return 0;
    if (std::chrono::steady_clock::now() > end) return alive.size();
    if (!reaped) ::poll(nullptr, 0, 1);
  }
}

}  // namespace septet
