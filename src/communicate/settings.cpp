// SPDX-License-Identifier: Apache-2.0
#include "communicate/settings.hpp"

#include "base/file.hpp"
#include <septet/error.hpp>

#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

namespace septet {
namespace {

/// The whole number in the environment variable `name`, or `otherwise` when it is not set.
long number_in(const char* name, long least, long most, long otherwise) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return otherwise;
  const std::string_view text(value);
  long number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = code == std::errc() && end == text.data() + text.size();
  if (whole && number >= least && number <= most) return number;
  throw Error(ErrorKind::argument, std::string(name) + "=" + value + ": give a whole number from " +
                                       std::to_string(least) + " to " + std::to_string(most));
}

/// 0 for auto, 1 for device, 2 for host: what the environment variable `name` says.
int place_in(const char* name) {
  const char* value = std::getenv(name);
  const std::string_view text = value == nullptr ? "auto" : value;
  if (text == "auto" || text.empty()) return 0;
  if (text == "device") return 1;
  if (text == "host") return 2;
  throw Error(ErrorKind::argument,
              std::string(name) + "=" + std::string(text) + ": give auto, device or host");
}

Path path() {
  const char* value = std::getenv("SEPTET_PATH");
  if (value == nullptr || *value == '\0') return Path::automatic;
  if (const auto path = parse_path(value)) return *path;
  throw Error(ErrorKind::argument,
              std::string("SEPTET_PATH=") + value +
                  ": give auto, ring; of buffers on the host one_hop; of device buffers packets, "
                  "packets_two_phases, ring_host or ring_device");
}

std::optional<std::size_t> chunk_bytes() {
  constexpr auto* name = "SEPTET_CHUNK_KIB";
  const long kib = number_in(name, long{least_chunk_kib}, long{most_chunk_kib}, 0);
  if (kib == 0) return {};
  return static_cast<std::size_t>(kib) << 10;
}

Blocks blocks() {
  const char* value = std::getenv("SEPTET_BLOCKS");
  if (value == nullptr || *value == '\0') return {};
  if (const auto blocks = parse_blocks(value)) return *blocks;
  throw Error(ErrorKind::argument, std::string("SEPTET_BLOCKS=") + value +
                                       ": give three numbers from 1 to 64, e.g. 4,4,4");
}

TuningTable tuning() {
  const char* file = std::getenv("SEPTET_TUNING");
  if (file == nullptr || *file == '\0') return {};
  if (const auto text = try_read_file(file)) return parse_tuning(*text, file);
  throw Error(ErrorKind::argument, std::string("SEPTET_TUNING=") + file +
                                       ": cannot be read: name a file that septet bench --tune "
                                       "wrote, or unset the variable");
}

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  if (const char* folder = std::getenv("SEPTET_MEETING_FOLDER")) settings.meeting_folder = folder;
  settings.segment_bytes =
      static_cast<std::size_t>(
          number_in("SEPTET_SEGMENT_MIB", 1, 1024, static_cast<long>(settings.segment_bytes >> 20)))
      << 20;
  settings.operation_limit = std::chrono::seconds(
      number_in("SEPTET_OPERATION_LIMIT_S", 0, 1'000'000, settings.operation_limit.count()));
  settings.meeting_limit = std::chrono::seconds(
      number_in("SEPTET_MEETING_LIMIT_S", 1, 1'000'000, settings.meeting_limit.count()));
  settings.path = path();
  settings.reduce_on = static_cast<ReduceOn>(place_in("SEPTET_REDUCE_ON"));
  settings.wait_on = static_cast<WaitOn>(place_in("SEPTET_WAIT_ON"));
  settings.chunk_bytes = chunk_bytes();
  settings.blocks = blocks();
  settings.tuning = tuning();
  return settings;
}

}  // namespace septet
