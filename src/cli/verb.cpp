// SPDX-License-Identifier: Apache-2.0
#include "cli/verb.hpp"

#include <septet/error.hpp>

namespace septet::cli {

CLI::App& add_verb(CLI::App& app, Context& context, const VerbText& text,
                   std::function<int()> action) {
  auto& verb = *app.add_subcommand(text.name, text.summary);
  verb.description(text.summary + (text.description.empty() ? "" : "\n\n" + text.description));
  if (!text.examples.empty()) verb.footer("Examples:\n" + text.examples);
  verb.callback([&verb, &context, run = std::move(action)] {
    refuse_command(verb, context);
    context.status = run();
  });
  return verb;
}

void takes_command(CLI::App& verb) { verb.prefix_command(); }

std::vector<std::string> command_of(const CLI::App& verb, const Context& context) {
  auto words = verb.remaining();
  if (context.after_dashes) {
    // Only the first "--" is ours, and only when the command has not begun before it.
    if (!words.empty()) words.emplace_back("--");
    words.insert(words.end(), context.after_dashes->begin(), context.after_dashes->end());
  }
  if (words.empty()) {
    throw Error(ErrorKind::usage, "no command: write septet " + verb.get_name() +
                                      " [options] -- COMMAND [arguments]");
  }
  return words;
}

void refuse_command(const CLI::App& verb, const Context& context) {
  if (!context.after_dashes || verb.get_prefix_command()) return;
  throw Error(ErrorKind::usage, "septet " + verb.get_name() + " takes no command after \"--\"");
}

void add_devices_option(CLI::App& verb, const Context& context, std::string& devices) {
  devices = context.environment.get_or("SEPTET_DEVICES", "auto");
  verb.add_option("--devices", devices,
                  "Where slices come from: auto, nvml, mps:N, sim:SPEC or smi:FILE "
                  "(default: SEPTET_DEVICES, else auto)")
      ->type_name("SOURCE");
}

}  // namespace septet::cli
