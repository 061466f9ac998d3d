// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_options.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "bench/sizes.hpp"
#include <septet/error.hpp>

#include <span>

namespace septet::cli {
namespace {

constexpr auto group = "What to measure";
constexpr auto buffers_option = "--buffers";

/// The values of `all` that `words` name, each a comma list; all of them for "all".
template <typename Value>
std::vector<Value> values_of(const char* option, const std::vector<std::string>& words,
                             std::span<const Value> all, Value otherwise) {
  if (words.empty()) return {otherwise};
  std::vector<Value> values;
  for (const auto& word : words) {
    for (const auto piece : split(word, ',')) {
      std::string known;
      const auto before = values.size();
      for (const Value value : all) {
        if (piece == "all" || piece == name_of(value)) values.push_back(value);
        known += std::string(name_of(value)) + ", ";
      }
      if (values.size() == before) {
        throw Error(ErrorKind::argument, std::string(option) + ": \"" + std::string(piece) +
                                             "\" is none of " + known + "all");
      }
    }
  }
  return values;
}

std::vector<bench::Form> forms_of(const BenchOptions& options) {
  using enum bench::Form;
  if (options.in_place && !options.out_of_place) return {in_place};
  if (options.out_of_place && !options.in_place) return {out_of_place};
  return {out_of_place, in_place};
}

bench::Check check_of(const std::string& word) {
  if (word == "none") return bench::Check::none;
  return word.empty() || word == "sampled" ? bench::Check::sampled : bench::Check::full;
}

void add_names(CLI::App& verb, const char* option, std::vector<std::string>& values,
               const char* help, const char* type) {
  verb.add_option(option, values, help)
      ->expected(-1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name(type)
      ->group(group);
}

void add_paths(CLI::App& verb, BenchOptions& options) {
  add_names(
      verb, "--path", options.paths,
      "Force Septet's data to go so, a row each: ring, packets, one_hop, ...; a,b, or all that "
      "the buffers have",
      "WAY");
}

void add_forms(CLI::App& verb, BenchOptions& options) {
  verb.add_flag("--in-place", options.in_place, "In place only (default: both forms)")
      ->group(group);
  verb.add_flag("--out-of-place", options.out_of_place, "Out of place only")->group(group);
}

void add_counts(CLI::App& verb, BenchOptions& options) {
  verb.add_option("--iterations", options.iterations,
                  "Calls a round, of three rounds (default: 100 to 4, by size)")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->group(group);
  verb.add_option("--warmup", options.warmup, "Calls before that (default: 5)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
}

void add_others(CLI::App& verb, BenchOptions& options) {
  verb.add_option("--nccl", options.nccl, "Also measure this libnccl.so.2")
      ->type_name("FILE")
      ->group(group);
  verb.add_flag("--gloo{python3}", options.gloo, "Also measure Gloo through PyTorch of that Python")
      ->type_name("[=PYTHON]")
      ->group(group);
}

/// What is done in place of the usual.
void add_purposes(CLI::App& verb, BenchOptions& options) {
  verb.add_flag("--resources{2s}", options.resources,
                "In place of calls: memory, threads, and processor time in TIME of idleness")
      ->type_name("[=TIME]")
      ->group(group);
  verb.add_option("--tune", options.tune,
                  "Try ways to do all_reduce, and write the fastest to FILE for SEPTET_TUNING")
      ->type_name("FILE")
      ->group(group);
}

/// Candidates are measured by one operation in one form: so do their times compare.
bench::Program tuning_program(const BenchOptions& options) {
  const bool others =
      !options.nccl.empty() || !options.gloo.empty() || options.graph || !options.paths.empty();
  if (others || !options.operations.empty() || options.in_place || options.out_of_place) {
    throw Error(
        ErrorKind::usage,
        "--tune tries all_reduce in place by Septet alone: leave operations, forms, --path, "
        "--nccl, --gloo and --graph away");
  }
  return {
      .collectives = {bench::Collective::all_reduce},
      .types = {DataType::float32},
      .reductions = {Reduction::sum},
      .sizes = bench::parse_sizes(options.sizes.empty() ? "1K:64M:4" : options.sizes),
      .forms = {bench::Form::in_place},
      .check = check_of(options.check),
      .iterations = options.iterations,
      .warmup = options.warmup,
  };
}

/// Nothing is measured but what communicators take: other wishes would be in vain.
bench::Program resources_program(const BenchOptions& options) {
  const bool others = !options.gloo.empty() || !options.tune.empty() || options.graph ||
                      !options.paths.empty() || !options.operations.empty() ||
                      !options.sizes.empty() || options.in_place || options.out_of_place;
  if (!others) return {};
  throw Error(ErrorKind::usage,
              "--resources measures what communicators take, not calls: leave all but -n, "
              "--buffers and --nccl away");
}

}  // namespace

void add_bench_options(CLI::App& verb, BenchOptions& options) {
  verb.add_option("operation", options.operations,
                  "all_reduce (the default), all_gather, reduce_scatter, broadcast, reduce, "
                  "all_to_all, gather, scatter, send_recv or all")
      ->group(group);
  verb.add_option("--sizes", options.sizes,
                  "FROM:TO:FACTOR or a list, in bytes; 8:256M:2, 8,64K (default: 8:64M:8)")
      ->type_name("SIZES")
      ->group(group);
  add_names(verb, "--type", options.types,
            "Of elements: float32 (the default), bfloat16, ...; a,b or all", "TYPE");
  add_names(verb, "--reduction", options.reductions,
            "sum (the default), prod, max, min, avg; a,b or all", "OP");
  add_paths(verb, options);
  add_forms(verb, options);
  add_counts(verb, options);
  verb.add_flag("--check{full}", options.check,
                "Compare all results, samples of them (the default), or none")
      ->type_name("[=full|sampled|none]")
      ->check(CLI::IsMember({"full", "sampled", "none"}))
      ->group(group);
  verb.add_option(
          buffers_option, options.buffers,
          "Where data is: device, host (needs no slice), or auto: device where there is one")
      ->type_name("PLACE")
      ->check(CLI::IsMember({"auto", "device", "host"}))
      ->group(group);
  add_others(verb, options);
  add_purposes(verb, options);
  verb.add_flag("--graph", options.graph, "Also replay each call from a CUDA graph")->group(group);
}

std::chrono::milliseconds idle_of(const BenchOptions& options) {
  return parse_duration(options.resources);
}

bench::Program program_of(const BenchOptions& options) {
  if (!options.resources.empty()) {
    static_cast<void>(idle_of(options));
    return resources_program(options);
  }
  if (!options.tune.empty()) return tuning_program(options);
  return {
      .collectives = values_of("operation", options.operations, bench::all_collectives(),
                               bench::Collective::all_reduce),
      .types = values_of("--type", options.types, all_data_types(), DataType::float32),
      .reductions = values_of("--reduction", options.reductions, all_reductions(), Reduction::sum),
      .sizes = bench::parse_sizes(options.sizes.empty() ? "8:64M:8" : options.sizes),
      .forms = forms_of(options),
      .check = check_of(options.check),
      .iterations = options.iterations,
      .warmup = options.warmup,
  };
}

std::vector<Path> paths_of(const BenchOptions& options, BufferPlace buffers) {
  if (options.paths.empty()) return {};
  const bool host = buffers == BufferPlace::host;
  return values_of(host ? "--path, of buffers on the host" : "--path, of buffers on a device",
                   options.paths, paths_for(buffers), Path::automatic);
}

std::vector<std::string> words_for_ranks(const CLI::App& verb, const std::string& buffers) {
  std::vector<std::string> words{std::string(buffers_option) + "=" + buffers};
  const auto ours = [](const CLI::Option* option) { return option->get_group() == group; };
  for (const auto* option : verb.get_options(ours)) {
    const bool flag = option->get_items_expected_max() == 0;
    const auto name = option->get_name();
    if (name == buffers_option) continue;
    for (const auto& value : option->results()) {
      const std::string spelled = flag && value == "true" ? name : name + "=" + value;
      words.push_back(option->nonpositional() ? spelled : value);
    }
  }
  return words;
}

}  // namespace septet::cli
