// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include "cli/help.hpp"
#include "cli/verbs.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <exception>
#include <ostream>

namespace septet::cli {
namespace {

int tell(Context& context, const std::string& message, int status) {
  context.err << "septet: " << message << '\n';
  return status;
}

/// Help and version are answers; every other parse error is the user's.
int end_of_parsing(const CLI::App& app, const CLI::ParseError& end, Context& context) {
  if (end.get_exit_code() == 0) return app.exit(end, context.out, context.err);
  const auto verbs = app.get_subcommands();
  const std::string verb = verbs.empty() ? "" : " " + verbs.front()->get_name();
  return tell(context, std::string(end.what()) + " (see septet" + verb + " --help)",
              exit_status(ErrorKind::usage));
}

/// CLI11 would say that a subcommand is missing, and not which word it does not know.
void refuse_unknown_verb(const CLI::App& app, const std::string& word) {
  const auto known = [&](const CLI::App* verb) { return verb->get_name() == word; };
  if (word.starts_with('-') || !app.get_subcommands(known).empty()) return;
  throw Error(ErrorKind::usage, "no verb \"" + word + "\": septet --help lists them");
}

/// Puts what stands behind the first "--" aside: CLI11 would drop dashes that are the user's own.
std::vector<std::string> take_ours(const std::vector<std::string>& arguments, Context& context) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes != arguments.end()) context.after_dashes.emplace(dashes + 1, arguments.end());
  return {arguments.begin(), dashes};
}

}  // namespace

std::unique_ptr<CLI::App> make_program(Context& context) {
  auto app = std::make_unique<CLI::App>("make several MIG slices work as people expect", "septet");
  app->set_version_flag("--version", "septet " SEPTET_VERSION);
  app->set_help_flag("-h,--help", "Show this help");
  app->require_subcommand(1);
  app->formatter(std::make_shared<HelpFormatter>(context.columns));
  for (const auto add : {add_list, add_run, add_hold, add_bind, add_sweep, add_ensemble, add_ps,
                         add_wait, add_check, add_doctor, add_bench, add_simulate, add_install_host,
                         add_completion, add_man, add_bench_rank, add_keep_mps}) {
    add(*app, context);
  }
  return app;
}

int run_program(const std::vector<std::string>& arguments, Context& context) {
  const auto app = make_program(context);
  try {
    if (arguments.empty()) {
      context.err << app->help();
      return exit_status(ErrorKind::usage);
    }
    refuse_unknown_verb(*app, arguments.front());
    auto ours = take_ours(arguments, context);
    std::reverse(ours.begin(), ours.end());  // The order in which CLI11 takes a vector.
    app->parse(std::move(ours));
    return context.status;
  } catch (const CLI::ParseError& end) {
    return end_of_parsing(*app, end, context);
  } catch (const Error& error) {
    return tell(context, error.what(), exit_status(error.kind()));
  } catch (const std::exception& error) {
    return tell(context, std::string("internal fault: ") + error.what(),
                exit_status(ErrorKind::internal));
  }
}

}  // namespace septet::cli
