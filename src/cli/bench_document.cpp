// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_document.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "bench/record.hpp"
#include "cli/bench_page.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <string_view>

namespace septet::cli {
namespace {

using nlohmann::ordered_json;

/// What /proc/cpuinfo calls the first processor; empty where it does not.
std::string processor_name() {
  const auto text = try_read_file("/proc/cpuinfo").value_or("");
  constexpr std::string_view key = "model name";
  const auto at = text.find(key);
  if (at == std::string::npos) return {};
  const auto line = std::string_view(text).substr(at, text.find('\n', at) - at);
  return std::string(trim(line.substr(line.find(':') + 1)));
}

ordered_json machine_json() {
  utsname names{};
  ::uname(&names);
  return {{"name", names.nodename},
          {"kernel", names.release},
          {"architecture", names.machine},
          {"processor", processor_name()},
          {"processors", ::sysconf(_SC_NPROCESSORS_ONLN)}};
}

std::string time_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

ordered_json slice_json(const Slice& slice) {
  return {{"uuid", slice.uuid},
          {"profile", slice.profile},
          {"memory_bytes", slice.memory_bytes},
          {"multiprocessors", slice.multiprocessors}};
}

/// Of ranks on host memory nothing is told of slices: they have none.
void tell_devices(ordered_json& document, const Host& host, const std::vector<Slice>& slices) {
  document["source"] = host.source;
  document["driver"] = host.driver_version;
  document["gpus"] = ordered_json::array();
  for (const auto& gpu : host.gpus) document["gpus"].push_back(gpu.name);
  document["slices"] = ordered_json::array();
  for (const auto& slice : slices) document["slices"].push_back(slice_json(slice));
}

}  // namespace

BenchDocument::BenchDocument(const std::filesystem::path& results, const std::string& buffers,
                             const Host& host, const std::vector<Slice>& slices) {
  document_ = {{"version", 1},           {"septet", SEPTET_VERSION},
               {"time", time_now()},     {"machine", machine_json()},
               {"ranks", slices.size()}, {"buffers", buffers}};
  if (buffers == "device") tell_devices(document_, host, slices);
  document_["notes"] = ordered_json::array();
  document_["rows"] = ordered_json::array();
  document_["resources"] = ordered_json::array();
  const auto text = try_read_file(results).value_or("");
  for (const auto line : split(text, '\n')) {
    auto row = ordered_json::parse(line, nullptr, false);
    if (row.is_discarded()) continue;  // The last, of a rank that was stopped in the middle of it.
    if (row.contains("note")) {
      document_["notes"].push_back(row["note"]);
    } else if (row.contains("resources")) {
      document_["resources"].push_back(row["resources"]);
    } else {
      document_["rows"].push_back(std::move(row));
    }
  }
}

std::string BenchDocument::json() const { return document_.dump(2) + "\n"; }

std::string BenchDocument::html() const {
  // "</script>" in a name would end the data.
  std::string data;
  for (const char letter : document_.dump()) {
    data += letter == '<' ? std::string("\\u003c") : std::string(1, letter);
  }
  std::string page(bench_page);
  constexpr std::string_view place = "{{data}}";
  return page.replace(page.find(place), place.size(), data);
}

std::uint64_t BenchDocument::wrong() const {
  std::uint64_t wrong = 0;
  for (const auto& row : document_["rows"]) wrong += bench::wrong_in(row);
  return wrong;
}

}  // namespace septet::cli
