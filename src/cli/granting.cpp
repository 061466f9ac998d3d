// SPDX-License-Identifier: Apache-2.0
#include "cli/granting.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/request_options.hpp"
#include "launch/mps_daemon.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <ostream>

namespace septet::cli {
namespace {

std::string holder_of(const LeaseRecord& lease) {
  return lease.holder.user + " (pid " + std::to_string(lease.holder.pid) + ", " +
         places_of(lease.slices) + ")";
}

std::string waiting_line(int ahead, const std::vector<LeaseRecord>& holders) {
  std::vector<std::string> names;
  for (const auto& lease : holders) names.push_back(holder_of(lease));
  std::string line = "waiting for slices";
  if (!names.empty()) line += " that " + join(names, ", ") + (names.size() == 1 ? " has" : " have");
  if (ahead > 0) line += ", behind " + std::to_string(ahead) + " in the queue";
  return line + "; septet ps shows all";
}

}  // namespace

std::string places_of(const std::vector<Slice>& slices) {
  std::vector<std::string> words;
  for (const auto& slice : slices) words.push_back(position(slice));
  const bool alike = std::ranges::all_of(
      slices, [&](const Slice& slice) { return slice.profile == slices.front().profile; });
  return join(words, " ") + (alike ? " (" + slices.front().profile + ")" : "");
}

Lease grant(const CLI::App& verb, Context& context, Driver& driver, const Request& request,
            const std::string& command, bool quiet) {
  Patience patience{.limit = patience_of(verb, context), .on_wait = {}};
  if (!quiet) {
    patience.on_wait = [&](int ahead, const std::vector<LeaseRecord>& holders) {
      context.err << "septet: " << waiting_line(ahead, holders) << std::endl;
    };
  }
  const LeaseFolder folder(LeaseFolder::usual(context.environment));
  auto lease = acquire(folder, driver, request, command, patience);
  if (!lease) {
    const bool at_once = patience.limit->count() == 0;
    throw Error(ErrorKind::unavailable,
                at_once ? "the slices are not free now: septet ps shows who has them; without "
                          "--no-wait it waits"
                        : "the slices were not free within " + format_duration(*patience.limit) +
                              ": septet ps shows who has them");
  }
  if (!quiet) {
    context.err << "septet: " << places_of(lease->slices()) << ": " << lease->record().reason
                << std::endl;
  }
  for (auto& use : use_mps_daemons(lease->slices(), folder.path(), context.environment)) {
    lease->keep(std::move(use));
  }
  return std::move(*lease);
}

}  // namespace septet::cli
