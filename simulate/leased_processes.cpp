// SPDX-License-Identifier: Apache-2.0
#include "leased_processes.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "discover/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <exception>
#include <optional>
#include <string_view>

namespace septet::standin {
namespace {

/// The part of a lease record that is needed here. Its other half is src/lease/record.cpp.
struct Record {
  pid_t holder = 0;
  std::vector<std::string> slices;
};

std::optional<Record> read_record(const std::filesystem::path& file) {
  const auto text = try_read_file(file);
  if (!text) return std::nullopt;
  try {
    const auto fields = nlohmann::json::parse(*text);
    Record record{.holder = whole_number<pid_t>(fields.at("holder").at("pid")), .slices = {}};
    for (const auto& slice : fields.at("slices")) {
      record.slices.push_back(slice.at("uuid").get<std::string>());
    }
    return record;
  } catch (const std::exception&) {  // of nlohmann, or a number of the wrong size
    return std::nullopt;
  }
}

/// The value of `name` in the text of /proc/PID/environ, or nothing.
std::optional<std::string_view> variable_in(std::string_view environment, std::string_view name) {
  for (const auto line : split(environment, '\0')) {
    if (line.starts_with(name) && line.substr(name.size()).starts_with('=')) {
      return line.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

/// Every pid of this machine. Processes that end meanwhile are skipped.
std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  std::error_code ended;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ended)) {
    if (const auto pid = parse_number<pid_t>(entry.path().filename().string())) {
      pids.push_back(*pid);
    }
  }
  return pids;
}

/// Processes that were told their slices, and that belong to the leases of `state`.
std::set<LeasedProcess> told_processes(const std::filesystem::path& state) {
  std::set<LeasedProcess> told;
  for (const auto pid : all_pids()) {
    const auto environment = try_read_file("/proc/" + std::to_string(pid) + "/environ");
    if (!environment || variable_in(*environment, "SEPTET_STATE") != state.string()) continue;
    const auto slices = variable_in(*environment, "SEPTET_SLICES");
    if (!slices) continue;
    for (const auto slice : split(*slices, ',')) told.insert({pid, std::string(slice)});
  }
  return told;
}

std::vector<Record> read_records(const std::filesystem::path& folder) {
  std::vector<Record> records;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (entry.path().extension() != ".json") continue;
    if (auto record = read_record(entry.path())) records.push_back(std::move(*record));
  }
  return records;
}

bool is_alive(pid_t pid) { return std::filesystem::exists("/proc/" + std::to_string(pid)); }

/// All processes of this host's leases; none where no folder is set.
std::set<LeasedProcess> all_processes(Session& session) {
  if (!session.leases()) return {};
  return leased_processes(*session.leases());
}

void add(std::vector<RunningProcess>& running, const std::set<LeasedProcess>& leased,
         const std::string& uuid, RunningProcess process) {
  for (const auto& [pid, slice] : leased) {
    if (slice != uuid) continue;
    process.pid = pid;
    running.push_back(process);
  }
}

RunningProcess on(const simulated::MigDevice& device) {
  return {0, static_cast<unsigned>(device.instance->id), static_cast<unsigned>(device.compute->id)};
}

}  // namespace

std::set<LeasedProcess> leased_processes(const std::filesystem::path& folder) {
  const auto records = read_records(folder);
  if (records.empty()) return {};
  const auto told = told_processes(folder.parent_path());
  std::set<LeasedProcess> processes;
  for (const auto& record : records) {
    for (const auto& uuid : record.slices) {
      const auto before = processes.size();
      for (const auto& process : told) {
        if (process.slice == uuid) processes.insert(process);
      }
      if (processes.size() == before && is_alive(record.holder)) {
        processes.insert({record.holder, uuid});
      }
    }
  }
  return processes;
}

std::vector<RunningProcess> processes_on(Session& session, const simulated::Gpu& gpu,
                                         const simulated::MigDevice& device) {
  std::vector<RunningProcess> running;
  add(running, all_processes(session), uuid_of(gpu, device), on(device));
  return running;
}

std::vector<RunningProcess> processes_on(Session& session, const simulated::Gpu& gpu) {
  std::vector<RunningProcess> running;
  const auto leased = all_processes(session);
  add(running, leased, uuid_of(gpu), {});
  for (const auto& device : mig_devices(gpu))
    add(running, leased, uuid_of(gpu, device), on(device));
  return running;
}

}  // namespace septet::standin
