// SPDX-License-Identifier: Apache-2.0
#include "lease/record.hpp"

#include "discover/host_json.hpp"
#include "discover/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace septet {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr int version = 1;

std::string print(json content) {
  content["version"] = version;
  // A command line is bytes, JSON is UTF-8.
  return content.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

json holder_fields(const Holder& holder) {
  const auto since = std::chrono::duration_cast<milliseconds>(holder.since.time_since_epoch());
  return {{"pid", holder.pid},
          {"uid", holder.uid},
          {"user", holder.user},
          {"command", holder.command},
          {"since_unix_ms", since.count()}};
}

json request_fields(const Request& request) {
  return {{"slices", request.slices},
          {"memory_bytes", request.memory_bytes ? json(*request.memory_bytes) : json(nullptr)},
          {"profile", request.profile},
          {"named", request.named},
          {"gpus", request.gpus},
          {"same_gpu", request.same_gpu},
          {"spread", request.spread},
          {"prefer_full", request.prefer_full},
          {"allow_mixed", request.allow_mixed}};
}

/// What another user wrote goes to terminals: no control characters, neither the old ones nor
/// those at U+0080 to U+009F.
std::string printable(std::string text) {
  unsigned char before = 0;
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = byte < ' ' || byte == 0x7f || (before == 0xc2 && byte < 0xa0);
    if (control) c = before == 0xc2 ? '\xbf' : '?';
    before = byte;
  }
  return text;
}

system_clock::time_point time_in(const json& value) {
  const auto since = milliseconds(whole_number<std::int64_t>(value));
  // Beyond, the clock's own unit would overflow.
  constexpr auto year_2200 = std::chrono::hours(24) * 365 * 230;
  if (since < milliseconds(0) || since > year_2200) {
    throw Error(ErrorKind::argument, "a time that no clock of a host shows");
  }
  return system_clock::time_point(since);
}

Holder holder_in(const json& fields) {
  Holder holder;
  holder.pid = whole_number<pid_t>(fields.at("pid"));
  holder.command = printable(fields.at("command").get<std::string>());
  holder.since = time_in(fields.at("since_unix_ms"));
  return holder;
}

Request request_in(const json& fields) {
  Request request;
  request.slices = whole_number<int>(fields.at("slices"));
  const auto& memory = fields.at("memory_bytes");
  if (!memory.is_null()) request.memory_bytes = whole_number<std::uint64_t>(memory);
  request.profile = printable(fields.at("profile").get<std::string>());
  for (const auto& name : fields.at("named")) {
    request.named.push_back(printable(name.get<std::string>()));
  }
  for (const auto& gpu : fields.at("gpus")) request.gpus.push_back(whole_number<int>(gpu));
  request.same_gpu = fields.at("same_gpu").get<bool>();
  request.spread = fields.at("spread").get<bool>();
  request.prefer_full = fields.at("prefer_full").get<bool>();
  request.allow_mixed = fields.at("allow_mixed").get<bool>();
  return request;
}

std::vector<Slice> slices_in(const json& list) {
  auto slices = list.get<std::vector<Slice>>();
  for (auto& slice : slices) {
    slice.uuid = printable(slice.uuid);
    slice.profile = printable(slice.profile);
  }
  return slices;
}

/// What `read` makes of `text`, or nothing when anything is wrong with it.
template <typename Read>
auto parse(std::string_view text, Read read) -> std::optional<decltype(read(json()))> {
  try {
    const auto content = json::parse(text);
    if (whole_number<int>(content.at("version")) != version) return std::nullopt;
    return read(content);
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

void to_json(json& json, const LeaseRecord& record) {
  json = {{"id", record.id},
          {"holder", holder_fields(record.holder)},
          {"boot_id", record.boot_id},
          {"slices", record.slices},
          {"reason", record.reason}};
}

void to_json(json& json, const Waiter& waiter) {
  json = {{"ticket", waiter.ticket},
          {"holder", holder_fields(waiter.holder)},
          {"request", request_fields(waiter.request)},
          {"candidates", waiter.candidates}};
}

std::string print_record(const LeaseRecord& record) { return print(record); }

std::string print_waiter(const Waiter& waiter) { return print(waiter); }

std::optional<LeaseRecord> parse_record(std::string_view text) {
  return parse(text, [](const json& content) {
    LeaseRecord record;
    record.holder = holder_in(content.at("holder"));
    record.boot_id = printable(content.at("boot_id").get<std::string>());
    record.slices = slices_in(content.at("slices"));
    record.reason = printable(content.at("reason").get<std::string>());
    return record;
  });
}

std::optional<Waiter> parse_waiter(std::string_view text) {
  return parse(text, [](const json& content) {
    Waiter waiter;
    waiter.holder = holder_in(content.at("holder"));
    waiter.request = request_in(content.at("request"));
    waiter.candidates = content.at("candidates").get<std::vector<std::string>>();
    return waiter;
  });
}

}  // namespace septet
