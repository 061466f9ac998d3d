// SPDX-License-Identifier: Apache-2.0
#include "cli/benching.hpp"

#include "base/errno.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "bench/on_device.hpp"
#include "cli/bench_document.hpp"
#include "cli/bench_tuning.hpp"
#include "cli/granting.hpp"
#include "cli/request_options.hpp"
#include "launch/report.hpp"
#include <septet/communicator.hpp>
#include <septet/error.hpp>
#include <septet/guard.hpp>
#include <septet/launch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <ostream>

namespace septet::cli {
namespace {

namespace fs = std::filesystem;

constexpr int usual_ranks = 4;
constexpr int status_of_wrong_results = 1;

/// A new folder, gone with this object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (fs::temp_directory_path() / "septet-bench.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw_errno("make a folder " + pattern);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

/// Slices that are leased, and the host they are of.
struct Ground {
  Lease lease;
  Host host;
  fs::path lease_folder;
  std::string devices;
};

bool are_simulated(const std::string& devices) {
  return devices.starts_with("sim:") || devices.starts_with("smi:");
}

bool has_slices(const BenchRun& run, const Context& context) {
  try {
    return !slices_of(open_driver(run.devices, context.environment)->survey()).empty();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::device) return false;
    throw;
  }
}

/// "device" or "host", and never what cannot be.
std::string decided_buffers(const BenchRun& run, const Context& context) {
  const auto& wish = run.bench.buffers;
  const bool simulated = are_simulated(run.devices);
  if (wish == "host") return wish;
  if (wish == "device" && simulated) {
    throw Error(ErrorKind::usage,
                "--buffers device: simulated slices have no memory; leave "
                "--buffers away, or write --buffers host");
  }
  if (wish == "device" && !bench::has_cuda()) static_cast<void>(bench::device_memory());
  if (wish == "device") return wish;
  return bench::has_cuda() && !simulated && has_slices(run, context) ? "device" : "host";
}

Request bench_request(const CLI::App& verb, const Context& context) {
  auto request = request_of(verb, context);
  const bool counted = verb.count("-n") > 0 || verb.count("--slice") > 0 ||
                       !context.environment.get_or("SEPTET_NUM_MIGS", "").empty();
  if (!counted && !request.prefer_full) request.slices = usual_ranks;
  if (request.slices < 1 || request.slices > max_ranks) {
    throw Error(ErrorKind::argument,
                "-n: give a number of ranks from 1 to " + std::to_string(max_ranks));
  }
  return request;
}

/// Slices of the user's, as for run.
Ground take_slices(const CLI::App& verb, Context& context, const BenchRun& run) {
  const auto driver = open_driver(run.devices, context.environment);
  auto lease =
      grant(verb, context, *driver, bench_request(verb, context), "septet bench", run.quiet);
  return {.lease = std::move(lease),
          .host = driver->survey(),
          .lease_folder = fs::absolute(LeaseFolder::usual(context.environment)),
          .devices = run.devices};
}

/// Ranks on host memory need no slice: they get simulated ones that nobody else knows of, so that
/// they are started and ended as all ranks are.
Ground make_slices(const CLI::App& verb, const Context& context, const fs::path& folder) {
  Request request;
  request.slices = bench_request(verb, context).slices;
  const std::string devices = "sim:10*a100-40gb:7x1g.5gb";
  const auto driver = open_driver(devices, {});
  auto lease = acquire(LeaseFolder(folder), *driver, request, "septet bench", {});
  return {.lease = std::move(lease.value()),
          .host = driver->survey(),
          .lease_folder = folder,
          .devices = devices};
}

Job job_of(const CLI::App& verb, const Context& context, const BenchRun& run, const Ground& ground,
           const std::string& buffers, const fs::path& results) {
  Job job;
  job.command = {fs::read_symlink("/proc/self/exe"), std::string(bench_rank_verb),
                 "--results=" + results.string()};
  if (run.json_file != "-") job.command.emplace_back("--table");
  for (auto& word : words_for_ranks(verb, buffers)) job.command.push_back(std::move(word));
  job.environment = context.environment;
  if (!run.bench.tune.empty()) job.environment.unset("SEPTET_TUNING");  // It may not be there yet.
  job.devices = ground.devices;
  job.collectives = {CollectivesFrom::off};  // Ranks load the library that is to be measured.
  job.lease_folder = ground.lease_folder;
  job.bind_cpus = buffers == "device";
  if (!run.timeout.empty()) job.timeout = parse_duration(run.timeout);
  job.quiet = run.quiet;
  return job;
}

void write_document(Context& context, const std::string& file, const std::string& text) {
  if (file == "-") {
    context.out << text << std::flush;
  } else if (!file.empty()) {
    replace_file(file, text);
  }
}

int finish(Context& context, const BenchRun& run, const BenchDocument& document, int status) {
  write_document(context, run.json_file, document.json());
  write_document(context, run.html_file, document.html());
  if (document.wrong() == 0 && status == 0 && !run.bench.tune.empty()) {
    write_tuning(run.bench.tune, document);
    if (!run.quiet) {
      context.err << "septet: the table is in " << run.bench.tune
                  << ": ranks use it with SEPTET_TUNING=" << run.bench.tune << "\n";
    }
  }
  if (document.wrong() == 0) return status;
  context.err << "septet: " << document.wrong() << " elements are wrong\n";
  return status == 0 ? status_of_wrong_results : status;
}

int measure(const CLI::App& verb, Context& context, const BenchRun& run,
            const std::string& buffers) {
  const TemporaryFolder folder;
  const auto ground = buffers == "device" ? take_slices(verb, context, run)
                                          : make_slices(verb, context, folder.path() / "leases");
  const auto results = folder.path() / "results.jsonl";
  const auto job = job_of(verb, context, run, ground, buffers, results);
  if (run.json_file != "-") {
    context.out << "# septet bench: " << ground.lease.slices().size() << " ranks, " << buffers
                << " buffers" << std::endl;
  }
  const auto report = launch(ground.lease, ground.host, job);
  for (const auto& line : root_cause(report, ground.lease.slices())) {
    context.err << "septet: " << line << '\n';
  }
  const BenchDocument document(results, buffers, ground.host, ground.lease.slices());
  return finish(context, run, document, report.status);
}

void check_tuning(const CLI::App& verb, const Context& context, const BenchRun& run) {
  if (run.bench.tune.empty()) return;
  require_table(run.bench.tune);
  if (bench_request(verb, context).slices > 1) return;
  throw Error(ErrorKind::usage, "--tune: one rank alone has nothing to tune: give -n 2 or more");
}

}  // namespace

int run_bench(const CLI::App& verb, Context& context, const BenchRun& run) {
  static_cast<void>(program_of(run.bench));  // Mistakes are told before anything is taken.
  static_cast<void>(bench_request(verb, context));
  check_tuning(verb, context, run);
  const auto buffers = decided_buffers(run, context);
  static_cast<void>(
      paths_of(run.bench, buffers == "host" ? BufferPlace::host : BufferPlace::device));
  if (run.bench.graph && buffers == "host") {
    throw Error(ErrorKind::usage, "--graph needs buffers on a device; these are on the host");
  }
  if (const auto status = guard()) return *status;
  return measure(verb, context, run, buffers);
}

}  // namespace septet::cli
