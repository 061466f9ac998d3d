// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_options.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/collectives_option.hpp"
#include "cli/request_options.hpp"
#include "sweep/sources.hpp"
#include <septet/error.hpp>

#include <unistd.h>

#include <utility>

namespace septet::cli {
namespace {

constexpr auto trial_group = "What to try";
constexpr auto search_group = "Search with Optuna";
constexpr auto run_group = "How to run";
constexpr auto result_group = "Results";

void add_repeatable(CLI::App& verb, const char* name, std::vector<std::string>& values,
                    const char* help, const char* type) {
  // One word for each mention: the next word may be the user's command.
  verb.add_option(name, values, help)
      ->expected(-1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name(type)
      ->group(trial_group);
}

std::string read_table(const std::string& name) {
  return read_file(name == "-" ? "/dev/stdin" : name);
}

/// Tables and lists first, then grids: the order in which `septet sweep --help` tells of them.
Space space_of(const SweepOptions& options, std::vector<Axis> sources) {
  Space space{.axes = {}, .random = {}, .draws = options.trials, .seed = options.seed};
  for (const auto& table : options.tables) {
    space.axes.push_back(parse_table(read_table(table), table == "-" ? "stdin" : table));
  }
  std::vector<Axis> lists;
  for (const auto& list : options.lists) lists.push_back(parse_axis(list));
  if (!lists.empty()) space.axes.push_back(link(lists));
  for (const auto& grid : options.grids) space.axes.push_back(parse_axis(grid));
  for (auto& source : sources) space.axes.push_back(std::move(source));
  for (const auto& random : options.randoms) space.random.push_back(parse_random(random));
  const bool says_nothing = space.axes.empty() && space.random.empty();
  if (says_nothing && ::isatty(STDIN_FILENO) == 0) {
    space.axes.push_back(parse_lines(read_table("-"), "1"));
  }
  return space;
}

std::optional<Halt::Why> why_of(std::string_view word) {
  if (word == "fail") return Halt::Why::fail;
  if (word == "success") return Halt::Why::success;
  if (word == "done") return Halt::Why::done;
  return {};
}

/// "never", or as GNU parallel has them: "now,fail=3", "soon,success=10%".
Halt parse_halt(std::string_view text) {
  if (text == "never") return {};
  const auto comma = text.find(',');
  const auto when = text.substr(0, comma);
  const auto rest = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  const auto equals = rest.find('=');
  const auto why = why_of(rest.substr(0, equals));
  auto number = equals == std::string_view::npos ? "" : rest.substr(equals + 1);
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  const auto count = parse_number<int>(number);
  const bool is_when = when == "now" || when == "soon";
  if (!is_when || !why || !count || *count < 1 || (percent && *count > 100)) {
    throw Error(ErrorKind::argument,
                "--halt: \"" + std::string(text) +
                    "\" is none of never, now,fail=K, soon,fail=K, with success or done for fail, "
                    "and K% for K");
  }
  return {.why = *why, .count = double(*count), .percent = percent, .now = when == "now"};
}

/// What --optuna and its companions say; nothing without it.
std::optional<Search> search_of(const CLI::App& verb, const SweepOptions& options) {
  const auto is_given = [&](const char* name) {
    const auto* option = verb.get_option_no_throw(name);
    return option != nullptr && option->count() > 0;
  };
  if (is_given("--optuna")) {
    if (options.metric.empty()) {
      throw Error(ErrorKind::usage, "--optuna needs --metric: what is to be made small or large");
    }
    if (!is_given("--trials")) {
      throw Error(ErrorKind::usage, "--optuna needs --trials: how many to try");
    }
    return options.search;
  }
  for (const auto* name : {"--study", "--sampler", "--pruner", "--python"}) {
    if (is_given(name)) throw Error(ErrorKind::usage, std::string(name) + " goes with --optuna");
  }
  return {};
}

Resume resume_of(const SweepOptions& options) {
  if (options.resume && options.resume_failed) return Resume::both;
  if (options.resume) return Resume::missing;
  return options.resume_failed ? Resume::failed : Resume::no;
}

/// Keeps HIGH of "LOW..HIGH" in `most`, and hands LOW on as the number of slices.
CLI::Validator elastic(int& most) {
  return {[&most](std::string& text) -> std::string {
            const auto dots = text.find("..");
            if (dots == std::string::npos) return {};
            const auto low = parse_number<int>(std::string_view(text).substr(0, dots));
            const auto high = parse_number<int>(std::string_view(text).substr(dots + 2));
            if (!low || !high || *low < 1 || *high < *low) {
              return "\"" + text + "\" is no range of slices: write 1..7";
            }
            most = *high;
            text = std::to_string(*low);
            return {};
          },
          "N or LOW..HIGH"};
}

void add_space_options(CLI::App& verb, SweepOptions& options) {
  add_repeatable(verb, "--grid", options.grids,
                 "Try each of these values with each of the others; repeatable", "NAME=A,B,...");
  add_repeatable(verb, "--list", options.lists, "Values that go together with those of other lists",
                 "NAME=A,B,...");
  add_repeatable(verb, "--random", options.randoms,
                 "Draw: uniform(a,b), loguniform(a,b), randint(a,b), choice(x,y,...)", "NAME=LAW");
  add_repeatable(verb, "--from", options.tables,
                 "A row a trial: CSV with names in the first line, or a JSON object a line; -: "
                 "stdin",
                 "FILE");
  verb.add_option("--trials", options.trials,
                  "Draw so many times, for each combination; with --optuna: altogether")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->group(trial_group);
  verb.add_option("--seed", options.seed, "Of --random and {seed}: the same seed, the same trials")
      ->type_name("N")
      ->group(trial_group);
}

void add_run_options(CLI::App& verb, SweepOptions& options) {
  verb.add_option("--folder", options.folder, "Journal, results and a folder for each trial")
      ->type_name("FOLDER")
      ->group(run_group);
  verb.add_flag("--resume", options.resume, "Go on: run the trials that did not come to an end")
      ->group(run_group);
  verb.add_flag("--allow-change", options.allow_change,
                "Resume although command or parameters are others")
      ->group(run_group);
  verb.add_option("--timeout", options.timeout, "End a trial that takes longer")
      ->type_name("TIME")
      ->group(run_group);
  verb.add_option("--grace", options.grace, "For running trials after Ctrl-C (default: 30s)")
      ->type_name("TIME")
      ->group(run_group);
  verb.add_flag("--dry-run", options.dry_run, "Print the commands; take and start nothing")
      ->group(run_group);
}

void add_result_options(CLI::App& verb, SweepOptions& options) {
  verb.add_option("--metric", options.metric, "Rank by this name in what trials report")
      ->type_name("NAME")
      ->group(result_group);
  verb.add_option("--goal", options.goal, "min (default) or max")
      ->type_name("GOAL")
      ->check(CLI::IsMember({"min", "max"}))
      ->group(result_group);
  verb.add_option("--score", options.score, "The last value counts (default), or the best")
      ->type_name("WHICH")
      ->check(CLI::IsMember({"last", "best"}))
      ->group(result_group);
  verb.add_option("--top", options.top, "Rows of the final table (default: 10)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->group(result_group);
  verb.add_flag("--print", options.print, "Print what each trial wrote when it ends; no table")
      ->group(result_group);
  verb.add_flag("--json", options.json, "The final table as JSON")->group(result_group);
  verb.add_flag("-q,--quiet", options.quiet, "No progress and no notes, only errors")
      ->group(result_group);
}

void add_search_options(CLI::App& verb, Search& search) {
  const auto add = [&](const char* name, std::string& value, const char* help, const char* type) {
    verb.add_option(name, value, help)->type_name(type)->group(search_group);
  };
  add("--optuna", search.storage, "Let Optuna choose the values, and keep its study there", "FILE");
  add("--study", search.study, "Its name there (default: septet)", "NAME");
  add("--sampler", search.sampler, "tpe (default), cmaes, gp, nsgaii, random", "NAME");
  add("--pruner", search.pruner,
      "End bad trials early: median, percentile, successive-halving, hyperband, threshold; "
      "default: none",
      "NAME");
  add("--python", search.python, "One that has Optuna (default: python3)", "PROGRAM");
}

}  // namespace

void add_sweep_options(CLI::App& verb, const Context& context, SweepOptions& options) {
  add_space_options(verb, options);
  add_run_options(verb, options);
  add_result_options(verb, options);
  add_request_options(verb);
  add_patience_options(verb);
  add_devices_option(verb, context, options.devices);
  add_collectives_option(verb, context, options.collectives);
}

void add_queue_options(CLI::App& verb, SweepOptions& options) {
  verb.get_option("--num-migs")->transform(elastic(options.most_slices));
  verb.add_option("--per-slice", options.per_slice, "Trials at once on each slice (default: 1)")
      ->type_name("K")
      ->check(CLI::PositiveNumber)
      ->group(run_group);
  verb.add_flag("--resume-failed", options.resume_failed, "Run the trials that failed once more")
      ->group(run_group);
  verb.add_option("--retries", options.retries, "Try a trial that fails so many times again")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->group(run_group);
  verb.add_option("--retry-delay", options.retry_delay,
                  "Before the first retry; doubles, up to a minute (default: 1s)")
      ->type_name("TIME")
      ->group(run_group);
  verb.add_option("--halt", options.halt,
                  "soon,fail=K: start no more after K failures; now: end the others too; success "
                  "or done for fail, K% of all trials for K")
      ->type_name("WHEN")
      ->group(run_group);
  add_search_options(verb, options.search);
  verb.add_option("--keep-best", options.keep_best,
                  "Keep the folders of the best K; failed trials keep theirs")
      ->type_name("K")
      ->check(CLI::PositiveNumber)
      ->group(result_group);
}

Sweep sweep_of(const CLI::App& verb, const Context& context, const SweepOptions& options) {
  Sweep sweep;
  sweep.command = command_of(verb, context);
  auto sources = take_sources(sweep.command);
  if (sweep.command.empty()) throw Error(ErrorKind::usage, "no command before \":::\"");
  sweep.space = space_of(options, std::move(sources));
  sweep.search = search_of(verb, options);
  sweep.space.searched = sweep.search.has_value();
  check(sweep.space);
  sweep.environment = context.environment;
  sweep.folder = options.folder;
  sweep.devices = options.devices;
  sweep.collectives = collectives_of(options.collectives, context.environment);
  sweep.request = request_of(verb, context);
  sweep.most_slices = options.most_slices;
  sweep.per_slice = options.per_slice;
  sweep.resume = resume_of(options);
  sweep.allow_change = options.allow_change;
  sweep.retries = options.retries;
  sweep.retry_delay = parse_duration(options.retry_delay);
  sweep.halt = parse_halt(options.halt);
  if (!options.timeout.empty()) sweep.timeout = parse_duration(options.timeout);
  sweep.grace = parse_duration(options.grace);
  sweep.ranking = {.metric = options.metric,
                   .goal = options.goal == "max" ? Goal::max : Goal::min,
                   .score = options.score == "best" ? Score::best : Score::last};
  if (options.keep_best > 0) sweep.keep_best = options.keep_best;
  if (sweep.keep_best && options.metric.empty()) {
    throw Error(ErrorKind::usage, "--keep-best needs --metric to know the best by");
  }
  return sweep;
}

}  // namespace septet::cli
