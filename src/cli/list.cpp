// SPDX-License-Identifier: Apache-2.0
#include "cli/holders.hpp"
#include "cli/list_table.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"
#include "discover/host_json.hpp"
#include "discover/smi_text.hpp"
#include "lease/record.hpp"
#include <septet/driver.hpp>
#include <septet/error.hpp>

#include <nlohmann/json.hpp>

#include <memory>
#include <ostream>
#include <string>

namespace septet::cli {
namespace {

using nlohmann::json;

constexpr int json_version = 1;

struct Options {
  std::string devices;
  std::string format = "table";
  bool json = false;
  bool wide = false;
};

enum class Format { table, as_json, as_nvidia_smi };

/// The holder's fields as `septet ps --json` has them, with the lease's id; null when free.
json holder_json(const LeaseRecord* lease) {
  if (lease == nullptr) return nullptr;
  auto fields = json(*lease).at("holder");
  fields["lease"] = lease->id;
  return fields;
}

std::string list_json(const Host& host, const Holders& holders) {
  json content = host;
  content["version"] = json_version;
  content["holders_unknown"] = holders.unknown;
  for (auto& gpu : content["gpus"]) {
    for (auto& slice : gpu["slices"]) {
      slice["holder"] = holder_json(holders.of(slice.at("uuid").get<std::string>()));
    }
  }
  // Names come from the driver, command lines from users: neither need be UTF-8.
  return content.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

[[noreturn]] void refuse_empty(const Host& host) {
  if (!host.hidden_by.empty()) {
    throw Error(ErrorKind::device, host.hidden_by +
                                       " leaves this process no GPU: unset it to see "
                                       "what the host has");
  }
  throw Error(ErrorKind::device, "no GPU: " + host.source +
                                     " shows none; to try without one use --devices "
                                     "sim:a100-40gb:7x1g.5gb");
}

Format format_of(const Options& options) {
  if (options.format == "table") return options.json ? Format::as_json : Format::table;
  if (options.format == "json") return Format::as_json;
  if (options.format != "nvidia-smi") {
    throw Error(ErrorKind::usage,
                "--format " + options.format + " is no format: write table, json or nvidia-smi");
  }
  if (options.json) throw Error(ErrorKind::usage, "--json and --format nvidia-smi contradict");
  return Format::as_nvidia_smi;
}

void tell_holders_unknown(Context& context, const Holders& holders) {
  if (holders.unknown.empty()) return;
  context.err << "septet: who holds what is unknown: " << holders.unknown << '\n';
}

void print(Context& context, const Host& host, Format format, bool wide) {
  if (format == Format::as_nvidia_smi) {
    context.out << format_smi_text(host);
    return;
  }
  const auto holders = read_holders(context.environment);
  if (format == Format::as_json) {
    context.out << list_json(host, holders);
  } else if (!host.gpus.empty()) {
    context.out << list_table(host, holders, Look::of(context), wide);
  }
  tell_holders_unknown(context, holders);
}

int list(Context& context, const Options& options) {
  const auto format = format_of(options);
  const auto host = open_driver(options.devices, context.environment)->survey();
  print(context, host, format, options.wide);
  if (host.gpus.empty()) refuse_empty(host);
  return 0;
}

}  // namespace

void add_list(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();  // Owners: this verb's action and its options.
  auto& verb = add_verb(
      app, context,
      {.name = "list",
       .summary = "show slices, full GPUs and who holds them",
       .description =
           "Shows every GPU with its slices: position (G:M), profile, memory and SMs of the slice, "
           "UUID, and who holds it. CUDA_VISIBLE_DEVICES, NVIDIA_VISIBLE_DEVICES, a Slurm step and "
           "a lease narrow the list to what this process may use. On a narrow terminal UUIDs are "
           "cut to a beginning that still names one slice; all verbs take such beginnings. Exits "
           "with 69 when there is no GPU.",
       .examples = "  septet list                              # what is here, and what is free\n"
                   "  septet list --json | jq '.gpus[].slices[].uuid'\n"
                   "  septet list --format nvidia-smi          # as nvidia-smi -L prints it\n"
                   "  septet list --devices sim:2*h100-80gb:7x1g.10gb\n"
                   "  ssh node7 nvidia-smi -L | septet list --devices smi:-"},
      [options, &context] { return list(context, *options); });
  add_devices_option(verb, context, options->devices);
  verb.add_option("--format", options->format, "How to print: table, json or nvidia-smi (its -L)")
      ->type_name("FORMAT");
  verb.add_flag("--json", options->json, "The same as --format json: all that is known");
  verb.add_flag("--wide", options->wide, "Whole UUIDs and instance ids, whatever the width");
}

}  // namespace septet::cli
