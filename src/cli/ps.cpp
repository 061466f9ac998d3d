// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"
#include "lease/record.hpp"
#include <septet/lease.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace septet::cli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr int json_version = 1;

/// "0:1 0:2"; long lists are what `--json` is for.
std::string positions(const std::vector<Slice>& slices) {
  std::vector<std::string> words;
  for (const auto& slice : slices) words.push_back(position(slice));
  return join(words, " ");
}

/// "4x1g.5gb", "1g.5gb 2g.10gb".
std::string profiles(const std::vector<Slice>& slices) {
  std::map<std::string, int> counts;
  for (const auto& slice : slices) ++counts[slice.profile];
  std::vector<std::string> words;
  for (const auto& [profile, count] : counts) {
    words.push_back(count == 1 ? profile : fmt::format("{}x{}", count, profile));
  }
  return join(words, " ");
}

std::string age(const Holder& holder) {
  const auto lived = std::chrono::duration_cast<milliseconds>(system_clock::now() - holder.since);
  return format_duration(std::max(lived, milliseconds(0)));  // Clocks are set back at times.
}

/// "2 of 10 GiB or more, on one GPU".
std::string wish(const Request& request) {
  std::string text =
      request.named.empty() ? std::to_string(request.slices) : join(request.named, " ");
  if (!request.profile.empty()) text += "x" + request.profile;
  if (request.memory_bytes) text += " of " + format_bytes(*request.memory_bytes) + " or more";
  if (request.prefer_full) text += ", or a full GPU";
  if (request.same_gpu) text += ", on one GPU";
  if (request.spread) text += ", spread";
  if (request.allow_mixed) text += ", mixed";
  return text;
}

std::string lease_table(const std::vector<LeaseRecord>& leases, const Look& look) {
  Table table({{"LEASE"},
               {"USER"},
               {"PID", true},
               {"AGE", true},
               {"SLICES"},
               {"PROFILE"},
               {"COMMAND", false, true}});
  for (const auto& lease : leases) {
    const auto& holder = lease.holder;
    table.add({{lease.id, Paint::bold},
               {holder.user},
               {std::to_string(holder.pid)},
               {age(holder)},
               {positions(lease.slices)},
               {profiles(lease.slices)},
               {holder.command}});
  }
  return table.text(look);
}

std::string queue_table(const std::vector<Waiter>& queue, const Look& look) {
  Table table({{"NEXT", true},
               {"USER"},
               {"PID", true},
               {"WAITS", true},
               {"WANTS"},
               {"COMMAND", false, true}});
  int place = 0;
  for (const auto& waiter : queue) {
    const auto& holder = waiter.holder;
    table.add({{std::to_string(++place), Paint::notice},
               {holder.user},
               {std::to_string(holder.pid)},
               {age(holder)},
               {wish(waiter.request)},
               {holder.command}});
  }
  return table.text(look);
}

/// The folder of the whole host, also for a process inside a lease.
LeaseFolder host_folder(Environment environment) {
  environment.unset("SEPTET_LEASE");
  return LeaseFolder(LeaseFolder::usual(environment));
}

/// The folder of the sub-leases of the lease that this process is in; nothing outside of one.
std::optional<LeaseFolder> inner_folder(const Environment& environment, const LeaseFolder& host) {
  const auto usual = LeaseFolder::usual(environment);
  if (usual == host.path() || !std::filesystem::exists(usual)) return std::nullopt;
  return LeaseFolder(usual);
}

json folder_json(const LeaseFolder& folder) {
  auto unreadable = json::array();
  for (const auto& file : folder.unreadable()) unreadable.push_back(file.string());
  return {{"folder", folder.path().string()},
          {"leases", folder.leases()},
          {"queue", folder.queue()},
          {"unreadable", unreadable}};
}

void print_json(std::ostream& out, const LeaseFolder& host,
                const std::optional<LeaseFolder>& inner) {
  auto content = folder_json(host);
  content["version"] = json_version;
  content["within"] = inner ? folder_json(*inner) : json(nullptr);
  out << content.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

void print_tables(Context& context, const LeaseFolder& folder) {
  const auto look = Look::of(context);
  const auto leases = folder.leases();
  const auto queue = folder.queue();
  context.out << (leases.empty() ? "Nothing is leased.\n" : lease_table(leases, look));
  if (!queue.empty()) context.out << '\n' << queue_table(queue, look);
  for (const auto& file : folder.unreadable()) {
    context.err << "septet: a process holds " << file.string()
                << ", which this version cannot read\n";
  }
}

int show(Context& context, bool as_json) {
  const auto host = host_folder(context.environment);
  const auto inner = inner_folder(context.environment, host);
  if (as_json) {
    print_json(context.out, host, inner);
    return 0;
  }
  print_tables(context, host);
  if (inner) {
    context.out << "\nWithin lease " << context.environment.get_or("SEPTET_LEASE", "") << ":\n";
    print_tables(context, *inner);
  }
  return 0;
}

}  // namespace

void add_ps(CLI::App& app, Context& context) {
  auto as_json = std::make_shared<bool>(false);  // Owners: this verb's action and its option.
  auto& verb = add_verb(
      app, context,
      {.name = "ps",
       .summary = "show leases and the queue",
       .description =
           "Shows who holds which slices, oldest first, and who waits, next first. Of all users "
           "after septet install-host, else of this user. Inside a lease (under septet hold) it "
           "also shows what is leased of that lease's own slices.",
       .examples = "  septet ps                                # who holds what, who waits\n"
                   "  septet ps --json | jq -r '.leases[].holder.user'\n"
                   "  watch septet ps                          # until you are next"},
      [as_json, &context] { return show(context, *as_json); });
  verb.add_flag("--json", *as_json,
                "All that is known, for programs: docs/lease.md lists the fields");
}

}  // namespace septet::cli
