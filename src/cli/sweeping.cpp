// SPDX-License-Identifier: Apache-2.0
#include "cli/sweeping.hpp"

#include "base/file.hpp"
#include "cli/granting.hpp"
#include "cli/shell_words.hpp"
#include "cli/sweep_table.hpp"
#include "cli/sweep_view.hpp"
#include <septet/driver.hpp>
#include <septet/guard.hpp>

#include <fmt/format.h>

#include <ostream>

namespace septet::cli {
namespace {

std::string plural(int count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void tell_end(Context& context, const Sweep& sweep, const SweepReport& report) {
  context.err << fmt::format("septet: {} done, {} failed", plural(report.done, "trial"),
                             report.failed);
  if (report.left > 0) context.err << fmt::format(", {} left: --resume runs them", report.left);
  context.err << "; " << (sweep.folder / "report.html").string() << '\n';
}

int show_commands(Context& context, const Sweep& sweep) {
  show_trials(sweep, [&](int, const std::vector<std::string>& command) {
    context.out << shell_line(command) << '\n';
  });
  return 0;
}

int run_here(const CLI::App& verb, Context& context, const SweepOptions& options,
             const Sweep& sweep) {
  const auto driver = open_driver(sweep.devices, context.environment);
  const LeaseFolder folder(LeaseFolder::usual(context.environment));
  const auto command = "septet " + verb.get_name() + " -- " + shell_line(sweep.command);
  SweepReport report;
  {
    SweepView view(context, sweep.ranking.metric, options.print, options.quiet);
    report = run_sweep(
        sweep, folder, *driver,
        [&](const Request& request) {
          return grant(verb, context, *driver, request, command, options.quiet);
        },
        view);
  }
  if (options.json || !options.print) {
    const auto journal = sweep.folder / "journal.jsonl";
    const auto results = collect(read_file(journal), journal.string(), sweep.ranking);
    if (options.json) {
      context.out << results_json(results, report);
    } else {
      show_results(context, results, sweep.ranking, options.top);
    }
  }
  if (!options.quiet) tell_end(context, sweep, report);
  return report.status;
}

}  // namespace

int run_and_show(const CLI::App& verb, Context& context, const SweepOptions& options,
                 const Sweep& sweep) {
  if (options.dry_run) return show_commands(context, sweep);
  if (const auto status = guard()) return *status;
  return run_here(verb, context, options, sweep);
}

}  // namespace septet::cli
