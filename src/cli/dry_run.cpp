// SPDX-License-Identifier: Apache-2.0
#include "cli/dry_run.hpp"

#include "cli/granting.hpp"
#include "cli/request_options.hpp"
#include "cli/shell_words.hpp"
#include "launch/rank_environment.hpp"
#include <septet/driver.hpp>
#include <septet/error.hpp>
#include <septet/plan.hpp>

#include <algorithm>
#include <ostream>

namespace septet::cli {
namespace {

/// What `after` has that `before` has not, or otherwise, as words for a shell.
std::vector<std::string> difference(const Environment& before, const Environment& after) {
  const auto old = before.strings();
  std::vector<std::string> words;
  for (const auto& text : after.strings()) {
    if (std::ranges::binary_search(old, text)) continue;
    const auto equals = text.find('=');
    words.push_back(text.substr(0, equals + 1) + shell_word(text.substr(equals + 1)));
  }
  return words;
}

void show_process(Context& context, const Job& job, const std::vector<Slice>& slices,
                  const std::string& title, const Environment& environment) {
  context.out << title << ": " << places_of(slices) << '\n';
  for (const auto& word : difference(job.environment, environment)) {
    context.out << "  " << word << '\n';
  }
}

void show_ranks(Context& context, const Job& job, const LeaseRecord& lease) {
  const RankGroup group{.size = static_cast<int>(lease.slices.size()),
                        .style = job.ranks,
                        .run_id = lease.id,
                        .token = "(a fresh one)",
                        .max_restarts = job.max_restarts};
  for (int rank = 0; rank < group.size; ++rank) {
    auto environment = rank_environment(job, lease, group, rank);
    environment.set("MASTER_PORT", "(a free one)");
    show_process(context, job, slices_of_rank(job, lease, rank), "rank " + std::to_string(rank),
                 environment);
  }
}

/// The plan as a lease would record it, were it granted.
LeaseRecord record_of(const Plan& plan) {
  return {
      .id = "(lease)", .holder = {}, .boot_id = {}, .slices = plan.slices, .reason = plan.reason};
}

}  // namespace

int show_launch(const CLI::App& verb, Context& context, const Job& job) {
  const auto driver = open_driver(job.devices, context.environment);
  const auto host = driver->survey();
  const auto request = request_of(verb, context);
  const LeaseFolder folder(LeaseFolder::usual(context.environment));
  auto plan = choose(host, request, folder.held());
  const bool would_wait = !plan;
  if (would_wait) plan = choose(host, request, {});
  if (!plan) throw Error(ErrorKind::internal, "no plan for a request that an idle host can meet");

  context.out << (would_wait ? "would wait; when all is free: " : "") << plan->reason << '\n';
  const auto lease = record_of(*plan);
  if (job.one_process) {
    show_process(context, job, lease.slices, "process", holder_environment(job, lease));
  } else {
    show_ranks(context, job, lease);
  }
  context.out << "command: " << shell_line(job.command) << '\n';
  const auto limit = patience_of(verb, context);
  return would_wait && limit && limit->count() == 0 ? exit_status(ErrorKind::unavailable) : 0;
}

}  // namespace septet::cli
