// SPDX-License-Identifier: Apache-2.0
#include "base/units.hpp"
#include "cli/request_options.hpp"
#include "cli/verbs.hpp"
#include <septet/driver.hpp>
#include <septet/error.hpp>
#include <septet/lease.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace septet::cli {
namespace {

struct Options {
  std::string devices;
  std::vector<std::string> leases;
  bool all = false;
};

std::string time_over(std::optional<std::chrono::milliseconds> limit) {
  return !limit || limit->count() == 0 ? " now" : " within " + format_duration(*limit);
}

int wait_for_end(const LeaseFolder& folder, const Options& options,
                 std::optional<std::chrono::milliseconds> limit) {
  if (await_end(folder, options.leases, limit)) return 0;
  throw Error(ErrorKind::unavailable,
              "the leases did not end" + time_over(limit) + ": septet ps shows who has them");
}

int wait_for_turn(const CLI::App& verb, const Context& context, const LeaseFolder& folder,
                  const Options& options, std::optional<std::chrono::milliseconds> limit) {
  const auto driver = open_driver(options.devices, context.environment);
  if (await_turn(folder, *driver, request_of(verb, context), limit)) return 0;
  throw Error(ErrorKind::unavailable,
              "the slices were not free" + time_over(limit) + ": septet ps shows who has them");
}

int wait(const CLI::App& verb, const Context& context, const Options& options) {
  if (options.all && !options.leases.empty()) {
    throw Error(ErrorKind::usage, "--all and --lease exclude each other");
  }
  const LeaseFolder folder(LeaseFolder::usual(context.environment));
  const auto limit = patience_of(verb, context);
  if (options.all || !options.leases.empty()) return wait_for_end(folder, options, limit);
  return wait_for_turn(verb, context, folder, options, limit);
}

}  // namespace

void add_wait(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();  // Owners: this verb's action and its options.
  auto& verb = add_verb(
      app, context,
      {.name = "wait",
       .summary = "wait until slices could be had, or a lease ends",
       .description =
           "Waits until septet run with the same request would start at once, or, with --lease or "
           "--all, until leases have ended. Takes nothing: whoever asks first gets the slices, and "
           "every request in the queue goes first. Exits with 0, or with 75 when the time is over.",
       .examples = "  septet wait -n 4 && notify-send 'four slices are free'\n"
                   "  septet wait -n 2 --wait=10m              # 75 when not free by then\n"
                   "  septet wait -n 1 --no-wait               # just ask\n"
                   "  septet wait --lease 1f2e3d4c             # until that job is done\n"
                   "  septet wait --all                        # before maintenance"},
      [options, &context, &app] { return wait(*app.get_subcommand("wait"), context, *options); });
  add_request_options(verb);
  add_patience_options(verb);
  add_devices_option(verb, context, options->devices);
  verb.add_option("--lease", options->leases, "Wait for the end of this lease (repeatable)")
      ->type_name("ID")
      ->group("Leases");
  verb.add_flag("--all", options->all, "Wait for the end of all leases")->group("Leases");
}

}  // namespace septet::cli
