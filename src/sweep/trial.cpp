// SPDX-License-Identifier: Apache-2.0
#include "sweep/trial.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "launch/line_stream.hpp"
#include "sweep/json_values.hpp"
#include <septet/error.hpp>
#include <septet/unique_fd.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace septet {
namespace {

using nlohmann::ordered_json;

/// Enough for the lines that people are shown, however much a trial wrote.
constexpr std::size_t tail_bytes = std::size_t{16} * 1024;

std::string tail_of(const std::filesystem::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  const auto size = ::lseek(file.get(), 0, SEEK_END);
  const auto start = size > static_cast<off_t>(tail_bytes) ? size - off_t{tail_bytes} : 0;
  std::string text(static_cast<std::size_t>(size - start), '\0');
  const auto got = ::pread(file.get(), text.data(), text.size(), start);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

std::string describe(const Trial& trial, const Slice& slice,
                     const std::vector<std::string>& command) {
  auto parameters = ordered_json::object();
  for (const auto& each : trial.parameters) parameters[each.name] = json_of_value(each.value);
  auto words = ordered_json::array();
  for (const auto& word : command) words.push_back(json_of_bytes(word));
  const ordered_json description = {{"version", 1},
                                    {"trial", trial.work.trial},
                                    {"attempt", trial.work.attempt},
                                    {"seed", trial.seed},
                                    {"parameters", parameters},
                                    {"slice", slice.uuid},
                                    {"position", position(slice)},
                                    {"profile", slice.profile},
                                    {"slot", trial.slot},
                                    {"command", words}};
  return description.dump(2) + "\n";
}

/// The description last: while it is there, there is something to put aside.
void put_aside(const TrialFiles& files) {
  if (!std::filesystem::exists(files.description())) return;
  int run = 1;
  while (std::filesystem::exists(files.earlier() / std::to_string(run))) ++run;
  const auto place = files.earlier() / std::to_string(run);
  std::filesystem::create_directories(place);
  for (const auto& file : {files.out(), files.err(), files.metrics(), files.description()}) {
    if (std::filesystem::exists(file)) std::filesystem::rename(file, place / file.filename());
  }
}

}  // namespace

std::filesystem::path trial_folder(const std::filesystem::path& sweep_folder, int trial) {
  return sweep_folder / "trials" / std::to_string(trial);
}

Parameters values_of(const Trial& trial, const Slice& slice) {
  auto values = trial.parameters;
  values.push_back({"trial", std::to_string(trial.work.trial)});
  values.push_back({"seed", std::to_string(trial.seed)});
  values.push_back({"slice", slice.uuid});
  values.push_back({"slot", std::to_string(trial.slot)});
  values.push_back({"folder", trial.folder.string()});
  return values;
}

Environment trial_environment(Environment base, const Trial& trial) {
  const TrialFiles files{trial.folder};
  // A trial is nobody's rank, though the sweep itself may run in one.
  for (const auto* name :
       {"SEPTET_RANK", "SEPTET_WORLD_SIZE", "SEPTET_LOCAL_RANK", "SEPTET_TOKEN"}) {
    base.unset(name);
  }
  base.set("SEPTET_TRIAL", std::to_string(trial.work.trial));
  base.set("SEPTET_ATTEMPT", std::to_string(trial.work.attempt));
  base.set("SEPTET_SLOT", std::to_string(trial.slot));
  base.set("SEPTET_SEED", std::to_string(trial.seed));
  base.set("SEPTET_OUTPUT", trial.folder.string());
  base.set("SEPTET_METRICS", files.metrics().string());
  for (const auto& each : trial.parameters) {
    base.set("SEPTET_TRIAL_" + variable_name(each.name), each.value);
  }
  return base;
}

void prepare_folder(const Trial& trial, const Slice& slice,
                    const std::vector<std::string>& command) {
  const TrialFiles files{trial.folder};
  try {
    std::filesystem::create_directories(files.folder);
    put_aside(files);
  } catch (const std::filesystem::filesystem_error& error) {
    throw_errno("prepare " + files.folder.string(), error.code().value());
  }
  replace_file(files.description(), describe(trial, slice, command));
}

std::vector<std::string> last_lines(const TrialFiles& files, std::size_t count) {
  for (const auto& file : {files.err(), files.out()}) {
    LineStream lines("", [](std::string_view) {});
    lines.feed(tail_of(file));
    auto last = lines.last_lines(count);
    if (!last.empty()) return last;
  }
  return {};
}

}  // namespace septet
