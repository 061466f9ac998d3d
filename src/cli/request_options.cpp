// SPDX-License-Identifier: Apache-2.0
#include "cli/request_options.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "choose/eligible.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace septet::cli {
namespace {

constexpr auto group = "Request";

/// The spelling of -n that has a variable of its own: launch uses SEPTET_SLICES for other purposes.
constexpr auto count_option = "--num-migs";

/// Text of an option, and where it was written: for messages.
struct Given {
  std::string source;  ///< "--memory" or "SEPTET_MEMORY".
  std::vector<std::string> values;
};

using Names = std::initializer_list<const char*>;

bool is_on_command_line(const CLI::App& verb, const char* name) {
  return verb.get_option(name)->count() > 0;
}

/// SEPTET_SAME_GPU for --same-gpu.
std::string variable_of(std::string_view name) {
  std::string variable = "SEPTET_";
  for (const char letter : name.substr(2)) {
    variable += letter == '-' ? '_' : static_cast<char>(letter - 'a' + 'A');
  }
  return variable;
}

/// The option `name`, else its variable, unless one of `rivals` was given on the command line.
std::optional<Given> given(const CLI::App& verb, const Context& context, const char* name,
                           Names rivals = {}) {
  const auto& option = *verb.get_option(name);
  if (is_on_command_line(verb, name)) return Given{option.get_name(), option.results()};
  const bool put_aside = std::any_of(rivals.begin(), rivals.end(), [&verb](const char* rival) {
    return is_on_command_line(verb, rival);
  });
  const auto variable = variable_of(name);
  const auto value = context.environment.get_or(variable, "");
  if (put_aside || value.empty()) return {};
  return Given{variable, {value}};
}

[[noreturn]] void refuse(const std::string& source, const std::string& value,
                         const std::string& wanted) {
  throw Error(ErrorKind::argument, source + ": \"" + value + "\" is not " + wanted);
}

/// Passes the last value on, with the source before the message if it is refused.
template <typename Parse>
auto parsed(const Given& text, Parse parse) {
  try {
    return parse(text.values.back());
  } catch (const Error& error) {
    throw Error(error.kind(), text.source + ": " + error.what());
  }
}

int parse_whole_number(const Given& text, const std::string& value, const std::string& wanted) {
  const auto number = parse_number<int>(trim(value));
  if (!number) refuse(text.source, value, wanted);
  return *number;
}

bool parse_flag(const Given& text) {
  const auto word = lower(text.values.back());
  if (word == "1" || word == "true" || word == "yes" || word == "on") return true;
  if (word == "0" || word == "false" || word == "no" || word == "off") return false;
  refuse(text.source, text.values.back(), "yes or no: write 1 or 0");
}

bool flag(const CLI::App& verb, const Context& context, const char* name, Names rivals = {}) {
  const auto text = given(verb, context, name, rivals);
  return text && parse_flag(*text);
}

/// The pieces of all values, which may be comma lists.
std::vector<std::string> pieces(const Given& text) {
  std::vector<std::string> all;
  for (const auto& value : text.values) {
    for (const auto piece : split(value, ',')) {
      if (trim(piece).empty()) refuse(text.source, value, "a list: write A,B without gaps");
      all.emplace_back(trim(piece));
    }
  }
  return all;
}

void add_repeatable(CLI::App& verb, const char* name, const std::string& help, const char* type) {
  // One word for each mention: the next word may be the user's command.
  verb.add_option(name, help)
      ->expected(-1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name(type)
      ->group(group);
}

std::string with_variable(const std::string& help, std::string_view name) {
  return help + " [" + variable_of(name) + "]";
}

void add_single(CLI::App& verb, const char* names, const std::string& help, const char* type) {
  verb.add_option(names, help)->expected(1)->take_last()->type_name(type)->group(group);
}

void add_switch(CLI::App& verb, const char* name, const std::string& help) {
  const std::string text = with_variable(help, name);  // CLI11 takes only a const text as help.
  verb.add_flag(name, text)->take_last()->group(group);
}

/// Names stand for their own number, whatever a variable says of -n.
void take_names(const CLI::App& verb, Request& request) {
  const Given names{"--slice", verb.get_option("--slice")->results()};
  request.named = pieces(names);
  const auto count = static_cast<int>(request.named.size());
  if (is_on_command_line(verb, count_option) && request.slices != count) {
    throw Error(ErrorKind::usage, "-n " + std::to_string(request.slices) + " and --slice with " +
                                      std::to_string(count) +
                                      " names exclude each other: leave -n away, or name as many");
  }
  request.slices = count;
}

}  // namespace

void add_request_options(CLI::App& verb) {
  add_single(verb, "-n,--slices,--num-migs",
             with_variable("How many slices (default: 1)", count_option), "N");
  add_single(verb, "--memory",
             with_variable("At least this much in each; 10G: a slice sold as 10gb", "--memory"),
             "SIZE");
  add_single(verb, "--profile", with_variable("This profile: 1g.10gb, or full", "--profile"),
             "PROFILE");
  add_repeatable(verb, "--slice", "Exactly this one: UUID or its beginning, G:M; a,b or repeated",
                 "NAME");
  add_repeatable(verb, "--gpu", with_variable("Only on this GPU; 0,1 or repeated", "--gpu"), "I");
  add_switch(verb, "--same-gpu", "All on one GPU, or not at all");
  add_switch(verb, "--spread", "On as many GPUs as possible, not as few");
  add_switch(verb, "--allow-mixed", "Slices of unequal memory will do");
  add_switch(verb, "--prefer-full", "One free whole GPU instead, if there is one");
}

Request request_of(const CLI::App& verb, const Context& context) {
  Request request;
  const auto text = [&](const char* name, Names rivals = {}) {
    return given(verb, context, name, rivals);
  };
  if (const auto count = text(count_option, {"--slice"})) {
    request.slices = parse_whole_number(*count, count->values.back(), "a number of slices");
  }
  if (const auto memory = text("--memory")) {
    request.memory_bytes = parsed(*memory, parse_bytes);
  }
  if (const auto profile = text("--profile", {"--slice", "--prefer-full"})) {
    request.profile = profile->values.back();
  }
  if (const auto gpus = text("--gpu", {"--slice"})) {
    for (const auto& index : pieces(*gpus)) {
      request.gpus.push_back(parse_whole_number(*gpus, index, "the index of a GPU"));
    }
  }
  request.same_gpu = flag(verb, context, "--same-gpu", {"--spread"});
  request.spread = flag(verb, context, "--spread", {"--same-gpu"});
  request.allow_mixed = flag(verb, context, "--allow-mixed");
  request.prefer_full = flag(verb, context, "--prefer-full", {"--slice", "--profile"});
  if (is_on_command_line(verb, "--slice")) take_names(verb, request);
  refuse_contradictions(request);
  return request;
}

void add_patience_options(CLI::App& verb) {
  add_switch(verb, "--wait", "Wait for slices, for TIME at most (default: as long as it takes)");
  verb.get_option("--wait")->type_name("[=TIME]");
  add_switch(verb, "--no-wait", "Exit with 75 when they are not free now");
}

std::optional<std::chrono::milliseconds> patience_of(const CLI::App& verb, const Context& context) {
  if (is_on_command_line(verb, "--wait") && is_on_command_line(verb, "--no-wait")) {
    throw Error(ErrorKind::usage, "--wait and --no-wait exclude each other");
  }
  if (flag(verb, context, "--no-wait", {"--wait"})) {
    return std::chrono::milliseconds::zero();
  }
  const auto wait = given(verb, context, "--wait", {"--no-wait"});
  // CLI11 gives a flag without "=" the word "true".
  if (!wait || wait->values.back() == "true") return {};
  return parsed(*wait, parse_duration);
}

}  // namespace septet::cli
