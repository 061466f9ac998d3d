// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/mistakes.hpp"
#include "cli/verbs.hpp"
#include "discover/host_json.hpp"
#include <septet/driver.hpp>
#include <septet/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <memory>
#include <ostream>
#include <string_view>

namespace septet::cli {
namespace {

using nlohmann::json;

struct CheckOptions {
  std::string devices;
  bool json = false;
  bool memory_free = false;
};

/// The variables that are shown, in this order.
constexpr std::array<std::string_view, 5> shown_variables{"NVIDIA_VISIBLE_DEVICES",
                                                          "CUDA_VISIBLE_DEVICES", "SEPTET_SLICE",
                                                          "SEPTET_SLICES", "SEPTET_LEASE"};

/// The whole host, so that a name that means nothing here is found to be one.
void survey(const CheckOptions& options, Sight& sight) {
  auto unhidden = sight.environment;
  for (const auto variable : {"SEPTET_SLICES", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"}) {
    unhidden.unset(variable);
  }
  const auto driver = open_driver(options.devices, unhidden);
  try {
    sight.host = driver->survey();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::device) throw;
    sight.trouble = error.what();
  }
}

/// CUDA knows nothing of simulated slices.
bool has_cuda(const CheckOptions& options) {
  return !options.devices.starts_with("sim:") && !options.devices.starts_with("smi:");
}

Sight look_around(const Context& context, const CheckOptions& options) {
  Sight sight{.environment = context.environment, .place = current_place(context.environment)};
  survey(options, sight);
  if (!has_cuda(options)) return sight;
  if (const auto driver = CudaDriver::open()) sight.cuda = driver->look(options.memory_free);
  return sight;
}

std::string describe(const Slice& slice) {
  return fmt::format("{} {} ({}, {}, {} SMs)", position(slice), slice.uuid, slice.profile,
                     format_bytes(slice.memory_bytes), slice.multiprocessors);
}

std::string describe(const Ranks& ranks) {
  return fmt::format("{} of {}, local rank {} (told by {})", ranks.rank, ranks.size,
                     ranks.local_rank, ranks.told_by);
}

void print_device(std::ostream& out, std::size_t index, const CudaDevice& device) {
  out << fmt::format("Device {}: {}\n  Memory: {}\n  Multiprocessors: {}\n", index, device.name,
                     format_bytes(device.memory_bytes), device.multiprocessors);
  if (device.memory) {
    out << fmt::format("  Free: {} of {}\n", format_bytes(device.memory->free_bytes),
                       format_bytes(device.memory->total_bytes));
  }
}

void print_cuda(std::ostream& out, const Sight& sight, bool asked) {
  if (!asked) {
    out << "CUDA: not asked, for it knows nothing of simulated slices\n";
  } else if (!sight.cuda) {
    out << "CUDA: not asked, for there is no libcuda.so.1\n";
  } else {
    out << fmt::format("CUDA sees: {} device(s)\n", sight.cuda->devices.size());
    for (std::size_t i = 0; i < sight.cuda->devices.size(); ++i) {
      print_device(out, i, sight.cuda->devices[i]);
    }
  }
}

void print_mistakes(std::ostream& out, const std::vector<Mistake>& mistakes) {
  out << '\n';
  if (mistakes.empty()) out << "No mistakes found.\n";
  for (const auto& mistake : mistakes) {
    out << fmt::format("mistake: {} [{}]\n  why: {}\n  remedy: {}\n", mistake.what, mistake.name,
                       mistake.why, mistake.remedy);
  }
}

void print(std::ostream& out, const Sight& sight, const std::vector<Mistake>& mistakes,
           bool asked_cuda) {
  for (const auto name : shown_variables) {
    const auto value = sight.environment.get(name);
    // Those of Septet's own are no news where Septet did not start the process.
    if (!value && name.starts_with("SEPTET_")) continue;
    out << fmt::format("{}: {}\n", name, !value ? "(unset)" : value->empty() ? "(empty)" : *value);
  }
  if (const auto ranks = ranks_of(sight.environment)) out << "Rank: " << describe(*ranks) << '\n';
  const auto slices = given_slices(sight);
  if (slices.empty()) out << "Slice: none that can be told\n";
  for (const auto* slice : slices) out << "Slice: " << describe(*slice) << '\n';
  print_cuda(out, sight, asked_cuda);
  print_mistakes(out, mistakes);
}

json json_of(const CudaDevice& device) {
  json result{{"name", device.name},
              {"memory_bytes", device.memory_bytes},
              {"multiprocessors", device.multiprocessors},
              {"uuid", device.uuid}};
  if (device.memory) {
    result["context"] = {{"free_bytes", device.memory->free_bytes},
                         {"total_bytes", device.memory->total_bytes}};
  }
  return result;
}

json json_of(const CudaView& view) {
  json result{{"version", view.version}, {"trouble", view.trouble}, {"devices", json::array()}};
  for (const auto& device : view.devices) result["devices"].push_back(json_of(device));
  return result;
}

json json_of(const std::vector<const Slice*>& slices) {
  auto result = json::array();
  for (const auto* slice : slices) result.push_back(*slice);
  return result;
}

json json_of(const Ranks& ranks) {
  return {{"told_by", ranks.told_by},
          {"rank", ranks.rank},
          {"size", ranks.size},
          {"local_rank", ranks.local_rank},
          {"local_size", ranks.local_size == 0 ? json() : json(ranks.local_size)}};
}

json json_of(const std::vector<Mistake>& mistakes) {
  auto result = json::array();
  for (const auto& mistake : mistakes) {
    result.push_back({{"name", mistake.name},
                      {"what", mistake.what},
                      {"why", mistake.why},
                      {"remedy", mistake.remedy}});
  }
  return result;
}

void print_json(std::ostream& out, const Sight& sight, const std::vector<Mistake>& mistakes) {
  const auto ranks = ranks_of(sight.environment);
  const auto* slice = own_slice(sight);
  json variables = json::object();
  for (const auto name : shown_variables) {
    const auto value = sight.environment.get(name);
    variables[std::string(name)] = value ? json(*value) : json();
  }
  const json answer{{"version", 1},
                    {"variables", variables},
                    {"in_container", sight.place == Place::container},
                    {"rank", ranks ? json_of(*ranks) : json()},
                    {"slices", json_of(given_slices(sight))},
                    {"slice", slice != nullptr ? json(*slice) : json()},
                    {"cuda", sight.cuda ? json_of(*sight.cuda) : json()},
                    {"mistakes", json_of(mistakes)}};
  out << answer.dump(2) << '\n';
}

int check(Context& context, const CheckOptions& options) {
  const auto sight = look_around(context, options);
  const auto mistakes = find_mistakes(sight);
  if (options.json) {
    print_json(context.out, sight, mistakes);
  } else {
    print(context.out, sight, mistakes, has_cuda(options));
  }
  return mistakes.empty() ? 0 : 1;
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  // Owned by the verb's action and by nobody else; the options point into it.
  auto options = std::make_shared<CheckOptions>();
  auto& verb = add_verb(
      app, context,
      {.name = "check",
       .summary = "show what this process sees, and the usual mistakes",
       .description =
           "Shows the variables that choose devices, the rank, the slice, and what CUDA makes of "
           "them, for this very process. Exits with 1 when it finds a mistake that keeps programs "
           "from their slice: each with its reason and the remedy. docs/check.md explains them.",
       .examples = "  septet check                          # in a shell, container or batch job\n"
                   "  septet run -n 4 --tag -- septet check # in each rank of a job\n"
                   "  mpirun -np 4 septet check             # before the real program\n"
                   "  septet check --json                   # for programs\n"},
      [&context, options] { return check(context, *options); });
  add_devices_option(verb, context, options->devices);
  verb.add_flag("--json", options->json, "Print JSON");
  verb.add_flag("--memory-free", options->memory_free,
                "Also ask a context for its memory: takes some hundred MiB there for a moment");
}

}  // namespace septet::cli
