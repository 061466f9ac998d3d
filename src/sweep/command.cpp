// SPDX-License-Identifier: Apache-2.0
#include "sweep/command.hpp"

#include "base/text.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <cctype>
#include <optional>

namespace septet {
namespace {

bool is_number(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a person who writes {name} means a parameter. Numbers are meant only where there are
/// numbered parameters: a{2} is a usual regular expression.
bool reads_as_name(std::string_view name, bool numbered) {
  if (name.empty() || is_number(name)) return numbered;
  if (name == "#" || name == "%") return true;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-';
  });
}

std::string long_name(std::string_view name) {
  if (name == "#") return "trial";
  if (name == "%") return "slot";
  return std::string(name);
}

/// The name between the braces with which `text` begins, if it begins so.
std::optional<std::string_view> name_in_front(std::string_view text, bool numbered) {
  if (!text.starts_with('{') || text.starts_with("{{")) return {};
  const auto close = text.find('}');
  if (close == std::string_view::npos) return {};
  const auto name = text.substr(1, close - 1);
  return reads_as_name(name, numbered) ? std::optional(name) : std::nullopt;
}

void refuse_unknown(std::string_view name, const std::vector<std::string>& names) {
  if (name == "{}" || contains(names, name) || contains(own_names(), name)) return;
  std::vector<std::string> known;
  for (const auto& each : names) known.push_back("{" + each + "}");
  for (const auto& each : own_names()) known.push_back("{" + each + "}");
  throw Error(ErrorKind::usage, "{" + std::string(name) + "} names no parameter; there are " +
                                    join(known, " ") + "; for a brace as such write {{");
}

const std::string& value_of(const Parameters& values, const std::string& name) {
  for (const auto& each : values) {
    if (each.name == name) return each.value;
  }
  throw Error(ErrorKind::internal, "no value for {" + name + "}");
}

/// What `{}` stands for.
std::string numbered_values(const Parameters& values) {
  std::vector<std::string> found;
  for (const auto& each : values) {
    if (is_number(each.name)) found.push_back(each.value);
  }
  return join(found, " ");
}

}  // namespace

const std::vector<std::string>& own_names() {
  static const std::vector<std::string> names{"trial", "seed", "slice", "slot", "folder"};
  return names;
}

CommandTemplate::CommandTemplate(const std::vector<std::string>& words,
                                 const std::vector<std::string>& names) {
  const bool numbered = std::any_of(names.begin(), names.end(),
                                    [](const std::string& name) { return is_number(name); });
  bool has_place = false;
  for (std::string_view rest : words) {
    Word word(1);
    while (!rest.empty()) {
      const auto name = name_in_front(rest, numbered);
      if (!name) {
        word.back().text += rest.front();
        rest.remove_prefix(rest.starts_with("{{") ? 2 : 1);
        continue;
      }
      word.back().name = name->empty() ? "{}" : long_name(*name);
      refuse_unknown(word.back().name, names);
      word.emplace_back();
      has_place = true;
      rest.remove_prefix(name->size() + 2);
    }
    words_.push_back(std::move(word));
  }
  if (!has_place && numbered) words_.push_back({Piece{.text = "", .name = "{}"}});
}

std::vector<std::string> CommandTemplate::fill(const Parameters& values) const {
  std::vector<std::string> filled;
  for (const auto& word : words_) {
    std::string text;
    for (const auto& piece : word) {
      text += piece.text;
      if (piece.name == "{}") {
        text += numbered_values(values);
      } else if (!piece.name.empty()) {
        text += value_of(values, piece.name);
      }
    }
    filled.push_back(std::move(text));
  }
  return filled;
}

}  // namespace septet
