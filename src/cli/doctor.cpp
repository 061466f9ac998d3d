// SPDX-License-Identifier: Apache-2.0
#include "base/errno.hpp"
#include "base/text.hpp"
#include "cli/ailments.hpp"
#include "cli/collectives_option.hpp"
#include "cli/python_sight.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"
#include "communicate/free_memory.hpp"
#include "communicate/settings.hpp"
#include "launch/collectives_environment.hpp"
#include "launch/cpu_topology.hpp"
#include "launch/mps_control.hpp"
#include "lease/layout.hpp"
#include <septet/driver.hpp>
#include <septet/error.hpp>
#include <septet/launch.hpp>
#include <septet/lease.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <ostream>

namespace septet::cli {
namespace {

using nlohmann::json;

constexpr int json_version = 1;

const VerbText text{
    .name = "doctor",
    .summary = "show what is wrong with the host, and which NCCL programs load",
    .description =
        "Looks for what keeps slices, leases and collectives from working on this host, and has "
        "PYTHON (default: python3) load NCCL as torch, cupy, jax, xgboost and vllm would under "
        "septet run, as far as they are installed; none of them is imported. Exits with 1 when it "
        "finds a fault: each with its reason and the remedy. Notes are no faults. docs/doctor.md "
        "explains them.",
    .examples =
        "  septet doctor                        # this host, and python3\n"
        "  septet doctor ~/venv/bin/python      # another Python\n"
        "  septet doctor --collectives=nccl     # would its own NCCL do?\n"
        "  septet doctor --json                 # for programs",
};

struct DoctorOptions {
  std::string devices;
  std::string collectives;
  std::string python;
  bool json = false;
};

/// All that was seen.
struct Report {
  HostSight host;
  std::vector<Ailment> ailments;
  Environment environment;  ///< What a program would be started with.
  bool on_slices = false;   ///< It would be started on a slice.
  std::optional<PythonSight> python = std::nullopt;

  [[nodiscard]] Verdict judge(const ProgramSight& program) const {
    return cli::judge(*python, program, environment.get_or("SEPTET_NCCL", ""), on_slices);
  }
  [[nodiscard]] bool has_fault() const;
};

bool Report::has_fault() const {
  const bool sick = std::ranges::any_of(ailments, &Ailment::fault);
  return sick || (python && std::ranges::any_of(python->programs, [&](const auto& program) {
                    return judge(program).fault;
                  }));
}

/// The whole host, whatever this process was given of it.
Environment unhidden(Environment environment) {
  for (const auto* variable :
       {"SEPTET_SLICES", "SEPTET_LEASE", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"}) {
    environment.unset(variable);
  }
  return environment;
}

void survey(const DoctorOptions& options, const Environment& environment, HostSight& sight) {
  const auto driver = open_driver(options.devices, environment);
  try {
    sight.host = driver->survey();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device) throw;
    sight.trouble = error.what();
  }
}

bool is_there(std::string_view program, const Environment& environment) {
  try {
    static_cast<void>(find_program(std::string(program), environment));
    return true;
  } catch (const Error&) {
    return false;
  }
}

FolderSight look_at_leases(const Environment& environment) {
  FolderSight sight{.path = LeaseFolder::usual(environment)};
  struct stat status{};
  sight.exists = ::stat(sight.path.c_str(), &status) == 0;
  sight.owner = status.st_uid;
  sight.mode = status.st_mode;
  const bool is_sticky = sight.exists && (sight.mode & S_ISVTX) != 0;
  sight.shared = sight.path == shared_folder || is_sticky;
  return sight;
}

std::uint64_t lockable_memory() {
  rlimit limit{};
  check(::getrlimit(RLIMIT_MEMLOCK, &limit), "RLIMIT_MEMLOCK");
  return limit.rlim_cur;
}

/// That they are not there is no mistake of use here: it is what is looked for.
void look_for_collectives(const DoctorOptions& options, const Environment& environment,
                          HostSight& sight) {
  try {
    sight.collectives = collectives_of(options.collectives, environment);
  } catch (const Error& error) {
    if (!parse_collectives(options.collectives)) throw;
    sight.collectives_trouble = error.what();
  }
}

HostSight look_at_host(const DoctorOptions& options, const Environment& environment) {
  HostSight sight;
  survey(options, environment, sight);
  sight.has_mps_control = is_there(mps_control_program, environment);
  sight.leases = look_at_leases(environment);
  sight.cores = static_cast<int>(CpuTopology::of_this_process().cpus().size());
  sight.memory_free = free_memory();
  sight.memory_needed = settings_from_environment().segment_bytes;
  sight.memory_locked = lockable_memory();
  look_for_collectives(options, environment, sight);
  return sight;
}

/// Where the host tells nothing, programs are looked at as on a slice.
std::vector<Slice> slices_of_programs(const HostSight& sight) {
  auto slices = sight.host ? slices_of(*sight.host) : std::vector<Slice>{};
  const auto cut = cut_slices(sight);
  if (!cut.empty()) return cut;
  return slices.empty() ? std::vector<Slice>(1) : slices;
}

Report examine(const Context& context, const DoctorOptions& options) {
  Report report{.host = look_at_host(options, unhidden(context.environment)),
                .ailments = {},
                .environment = context.environment};
  report.ailments = find_ailments(report.host);
  const auto slices = slices_of_programs(report.host);
  report.on_slices = slices.front().kind != SliceKind::full;
  set_collectives(report.environment, report.host.collectives, slices);
  const bool named = !options.python.empty();
  const std::string python = named ? options.python : "python3";
  if (named || is_there(python, context.environment)) {
    report.python = look_at_python(python, report.environment);
  }
  return report;
}

std::string count(std::size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

void print_host(Context& context, const Report& report) {
  const auto& host = report.host.host;
  if (host) {
    context.out << fmt::format("Host: {}, {}; {}, driver {}\n", count(host->gpus.size(), "GPU"),
                               count(cut_slices(report.host).size(), "slice"), host->source,
                               host->driver_version.empty() ? "untold" : host->driver_version);
  }
  const auto nccl = report.environment.get("SEPTET_NCCL");
  context.out << "Programs get: " << (nccl ? *nccl : "the NCCL that they bring") << '\n';
}

void print_ailments(Context& context, const std::vector<Ailment>& ailments) {
  for (const auto& ailment : ailments) {
    context.out << fmt::format("\n{}: {} [{}]\n  why: {}\n  remedy: {}\n",
                               ailment.fault ? "fault" : "note", ailment.what, ailment.name,
                               ailment.why, ailment.remedy);
  }
}

void print_python(Context& context, const Report& report) {
  const auto& python = *report.python;
  context.out << fmt::format("\nPython: {} ({}, {})\n", python.path, python.version,
                             python.libc.empty() ? "not glibc" : python.libc);
  if (python.programs.empty()) {
    context.out << "It has none of the programs that Septet knows to use NCCL.\n";
    return;
  }
  Table table({{"PROGRAM"}, {"VERSION"}, {"NCCL"}, {"ASKS FOR IT AS"}, {"VERDICT"}});
  for (const auto& program : python.programs) {
    const auto verdict = report.judge(program);
    table.add({{program.name, Paint::bold},
               {program.version},
               {program.nccl_version ? nccl_version_text(*program.nccl_version) : "-"},
               {program.way},
               {verdict.text, verdict.fault ? Paint::bad : Paint::good}});
  }
  context.out << table.text(Look{.colour = Look::of(context).colour, .width = 0});
  for (const auto& program : python.programs) {
    for (const auto& library : program.libraries) {
      context.out << fmt::format("{} loads {}\n", program.name, library);
    }
  }
}

json json_of(const Report& report, const ProgramSight& program) {
  const auto verdict = report.judge(program);
  return {{"name", program.name},
          {"version", program.version},
          {"asks_as", program.way},
          {"libraries", program.libraries},
          {"nccl_version", program.nccl_version ? json(*program.nccl_version) : json()},
          {"fault", verdict.fault},
          {"verdict", verdict.text}};
}

json json_of(const Ailment& ailment) {
  return {{"name", ailment.name},
          {"fault", ailment.fault},
          {"what", ailment.what},
          {"why", ailment.why},
          {"remedy", ailment.remedy}};
}

void print_json(Context& context, const Report& report) {
  json answer{{"version", json_version},
              {"nccl", report.environment.get("SEPTET_NCCL").value_or("")},
              {"ailments", json::array()},
              {"python", json()},
              {"programs", json::array()}};
  for (const auto& ailment : report.ailments) answer["ailments"].push_back(json_of(ailment));
  if (const auto& python = report.python) {
    answer["python"] = {{"path", python->path},
                        {"version", python->version},
                        {"libc", python->libc},
                        {"audited", python->audited}};
    for (const auto& program : python->programs) {
      answer["programs"].push_back(json_of(report, program));
    }
  }
  context.out << answer.dump(2) << '\n';
}

int doctor(Context& context, const DoctorOptions& options) {
  const auto report = examine(context, options);
  const bool faulty = report.has_fault();
  if (options.json) {
    print_json(context, report);
    return faulty ? 1 : 0;
  }
  print_host(context, report);
  print_ailments(context, report.ailments);
  if (report.python) print_python(context, report);
  if (!faulty) context.out << "\nNo faults found.\n";
  return faulty ? 1 : 0;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  // Owned by the verb's action and by nobody else; the options point into it.
  const auto options = std::make_shared<DoctorOptions>();
  auto& verb =
      add_verb(app, context, text, [&context, options] { return doctor(context, *options); });
  verb.add_option("PYTHON", options->python, "The Python whose programs are looked at");
  add_devices_option(verb, context, options->devices);
  add_collectives_option(verb, context, options->collectives);
  verb.add_flag("--json", options->json, "Print JSON");
}

}  // namespace septet::cli
