// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "bench/agreement.hpp"
#include "bench/gloo.hpp"
#include "bench/on_device.hpp"
#include "bench/record.hpp"
#include "bench/resources.hpp"
#include "bench/table.hpp"
#include "bench/tuning.hpp"
#include "cli/bench_options.hpp"
#include "cli/benching.hpp"
#include "cli/verbs.hpp"
#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

namespace septet::cli {
namespace {

struct RankOptions {
  BenchOptions bench;
  std::string results;
  bool table = false;
};

/// All that one rank measures with. Members are let go of in the opposite order.
struct Field {
  explicit Field(bool device)
      : buffers(device ? BufferPlace::device : BufferPlace::host),
        memory(device ? bench::device_memory() : bench::host_memory()) {}

  Communicator ranks{membership_from_environment()};
  BufferPlace buffers;
  std::unique_ptr<bench::Memory> memory;
  std::vector<std::unique_ptr<bench::Library>> libraries;
  std::vector<std::unique_ptr<bench::Contender>> contenders;
};

/// Rank 0's report: a line of JSON for each row, and the table on its way.
class Teller {
 public:
  Teller(const RankOptions& options, Context& context, const Communicator& ranks)
      : context_(context), ranks_(ranks.size()), table_(options.table) {
    if (ranks.rank() == 0) results_.open(options.results, std::ios::app);
  }

  void say(const std::string& text) {
    if (results_.is_open() && table_) context_.out << text << std::flush;
  }

  void note(const std::string& text) {
    write({{"note", text}});
    say("# " + text + "\n");
  }

  void tell(const std::vector<bench::Row>& rows) {
    for (const auto& row : rows) write(bench::to_json(row, ranks_));
    say(bench::text_of(rows, ranks_));
  }

  void tell(const bench::Resources& resources) {
    write({{"resources", bench::to_json(resources)}});
    say(bench::text_of(resources));
  }

 private:
  void write(const nlohmann::ordered_json& line) {
    if (!results_.is_open()) return;
    results_ << line.dump() << std::endl;
    if (!results_) throw Error(ErrorKind::system, "cannot write the results");
  }

  Context& context_;
  int ranks_;
  bool table_;
  std::ofstream results_;
};

/// Septet, once for each row that it has: what --tune tries, or the paths of --path, or as usual.
std::vector<bench::Way> ways_of(const BenchOptions& options, BufferPlace buffers, int ranks) {
  std::vector<bench::Way> ways;
  if (!options.tune.empty()) {
    for (const auto& each : bench::candidates_for(buffers)) {
      ways.push_back(bench::way_of(each, buffers, ranks));
    }
  }
  for (const Path path : paths_of(options, buffers)) ways.push_back(bench::way_by(path));
  if (ways.empty()) ways.emplace_back();
  return ways;
}

std::unique_ptr<bench::Library> septet_of(const Field& field, const bench::Way& way) {
  const auto membership = membership_from_environment();
  if (field.buffers == BufferPlace::host) return bench::septet_on_host(membership, way);
  return bench::septet_on_device(membership, *field.memory, way);
}

void add_libraries(Field& field, const BenchOptions& options, Teller& teller) {
  for (const auto& way : ways_of(options, field.buffers, field.ranks.size())) {
    field.libraries.push_back(septet_of(field, way));
  }
  if (options.graph) {
    field.libraries.push_back(
        bench::septet_in_graphs(membership_from_environment(), *field.memory));
  }
  if (options.nccl.empty()) return;
  const auto refusal = bench::refusal_of(field.ranks, [&] {
    field.libraries.push_back(bench::nccl(options.nccl, field.ranks, *field.memory));
  });
  if (refusal) teller.note(options.nccl + " refused: " + *refusal);
}

void add_gloo(Field& field, const RankOptions& options, const Context& context, Teller& teller) {
  if (options.bench.gloo.empty()) return;
  const bench::GlooOptions wish{.python = options.bench.gloo,
                                .folder = std::filesystem::path(options.results).parent_path(),
                                .on_device = options.bench.buffers == "device"};
  const auto refusal = bench::refusal_of(field.ranks, [&] {
    field.contenders.push_back(bench::gloo(wish, context.environment, field.ranks));
  });
  if (refusal) teller.note("gloo refused: " + *refusal);
}

/// What communicators take, of Septet and of another libnccl.so.2.
void measure_resources(Field& field, const BenchOptions& options, Teller& teller) {
  std::vector<bench::Maker> makers{{"septet", [&] { return septet_of(field, {}); }}};
  if (!options.nccl.empty()) {
    makers.push_back(
        {options.nccl, [&] { return bench::nccl(options.nccl, field.ranks, *field.memory); }});
  }
  teller.say(bench::resources_heading());
  bench::measure_resources(makers, idle_of(options), *field.memory, field.ranks,
                           [&](const bench::Resources& each) { teller.tell(each); });
  field.ranks.barrier();
}

int run_rank(const RankOptions& options, Context& context) {
  const auto program = program_of(options.bench);
  Field field(options.bench.buffers == "device");
  Teller teller(options, context, field.ranks);
  if (!options.bench.resources.empty()) {
    measure_resources(field, options.bench, teller);
    return 0;
  }
  add_libraries(field, options.bench, teller);
  for (const auto& library : field.libraries) {
    field.contenders.push_back(bench::contender(*library, *field.memory, field.ranks));
  }
  add_gloo(field, options, context, teller);
  teller.say(bench::heading(field.contenders.size() > 1));
  bench::run(program, field.contenders, field.ranks,
             [&](const std::vector<bench::Row>& rows) { teller.tell(rows); });
  field.ranks.barrier();
  return 0;
}

}  // namespace

void add_bench_rank(CLI::App& app, Context& context) {
  const auto options = std::make_shared<RankOptions>();  // Of the parser and of the action.
  auto& verb = add_verb(app, context,
                        {.name = std::string(bench_rank_verb),
                         .summary = "one rank of septet bench (septet starts this itself)",
                         .description = "",
                         .examples = ""},
                        [options, &context] { return run_rank(*options, context); });
  verb.group("");  // Hidden: not for people.
  add_bench_options(verb, options->bench);
  verb.add_option("--results", options->results, "Where rank 0 writes")->required();
  verb.add_flag("--table", options->table, "Print the table too");
}

}  // namespace septet::cli
