// SPDX-License-Identifier: Apache-2.0
#include "communicate/settings.hpp"

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

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  if (const char* folder = std::getenv("SEPTET_MEETING_FOLDER")) settings.meeting_folder = folder;
  settings.segment_bytes = static_cast<std::size_t>(number_in("SEPTET_SEGMENT_MIB", 1, 1024, 24))
                           << 20;
  settings.operation_limit =
      std::chrono::seconds(number_in("SEPTET_OPERATION_LIMIT_S", 0, 1'000'000, 0));
  return settings;
}

}  // namespace septet
