// SPDX-License-Identifier: Apache-2.0
#include "discover/spec.hpp"

#include "base/text.hpp"
#include "discover/layout.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <array>
#include <numeric>

namespace septet::simulated {
namespace {

// More than any GPU has: only to keep a slip of the finger from running long.
constexpr int most_repeats = 64;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::argument, "\"" + std::string(text) + "\": " + why);
}

/// What stands before and after the first of `marks`.
struct Halves {
  std::string_view before;
  std::optional<std::string_view> after;
};

Halves halves(std::string_view text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

/// Whether the text behind a "+" goes on with a profile's name ("1g.5gb+me") and not with a GPU.
bool continues_profile(std::string_view rest) {
  const auto word = rest.substr(0, rest.find_first_of("+,() "));
  constexpr std::array<std::string_view, 3> attributes{"me", "me.all", "gfx"};
  return std::ranges::find(attributes, lower(word)) != attributes.end();
}

std::vector<std::string_view> split_gpus(std::string_view spec) {
  std::vector<std::string_view> gpus;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < spec.size(); ++at) {
    if (spec[at] != '+' || continues_profile(spec.substr(at + 1))) continue;
    gpus.push_back(trim(spec.substr(begin, at - begin)));
    begin = at + 1;
  }
  gpus.push_back(trim(spec.substr(begin)));
  return gpus;
}

/// The instances of a layout: split at the commas that are not in parentheses.
std::vector<std::string_view> split_instances(std::string_view layout) {
  std::vector<std::string_view> items;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t at = 0; at < layout.size(); ++at) {
    if (layout[at] == '(') ++depth;
    if (layout[at] == ')') --depth;
    if (layout[at] != ',' || depth > 0) continue;
    items.push_back(trim(layout.substr(begin, at - begin)));
    begin = at + 1;
  }
  items.push_back(trim(layout.substr(begin)));
  return items;
}

int repeats(std::string_view whole, std::string_view number, int most) {
  const auto count = parse_number<int>(trim(number));
  if (!count || *count < 1 || *count > most) {
    refuse(whole, "\"" + std::string(number) + "\" is no count from 1 to " + std::to_string(most));
  }
  return *count;
}

/// "7x" of "7x1g.5gb", if it is there, taken off.
int take_repeats(std::string_view& item) {
  const auto digits = item.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return 1;
  if (item[digits] != 'x' && item[digits] != '*') return 1;
  const int count = repeats(item, item.substr(0, digits), most_repeats);
  item = trim(item.substr(digits + 1));
  return count;
}

const GpuProfile& profile_called(const GpuModel& model, std::string_view name) {
  if (const auto* profile = find_profile(model, name)) return *profile;
  refuse(name, std::string(model.name) + " has no such profile; it has " + profile_names(model));
}

/// "1c" is 1; of "1c.3g.40gb" only when nothing else follows.
std::optional<int> compute_slices_of(std::string_view word) {
  if (!word.ends_with('c') && !word.ends_with('C')) return {};
  return parse_number<int>(word.substr(0, word.size() - 1));
}

/// What stands in the parentheses behind an instance: "1c,2c", or "1c.3g.40gb" in full.
std::vector<int> parse_parts(std::string_view item, std::string_view text,
                             const GpuProfile& profile) {
  if (!text.ends_with(')')) refuse(item, "a parenthesis is not closed");
  text.remove_suffix(1);
  std::vector<int> parts;
  if (trim(text).empty()) return parts;
  for (auto word : split(text, ',')) {
    word = trim(word);
    const int count = take_repeats(word);
    const auto [part, of] = halves(word, '.');
    const auto slices = compute_slices_of(part);
    if (!slices || (of && lower(*of) != profile.name)) {
      refuse(word, "this is no compute instance of a " + std::string(profile.name) +
                       ": write 1c, 2c and so on");
    }
    parts.insert(parts.end(), static_cast<std::size_t>(count), *slices);
  }
  return parts;
}

/// Puts a compute instance into the last instance of its profile, or into a new one when that has
/// no compute slice left.
void add_part(std::vector<Wanted>& layout, const GpuProfile& profile, int slices) {
  const auto last = std::find_if(layout.rbegin(), layout.rend(),
                                 [&](const Wanted& wanted) { return wanted.profile == &profile; });
  if (last != layout.rend()) {
    const int used = std::accumulate(last->parts.begin(), last->parts.end(), 0);
    if (used + slices <= profile.compute_slices) {
      last->parts.push_back(slices);
      return;
    }
  }
  layout.push_back({&profile, {slices}});
}

void parse_instance(const GpuModel& model, std::string_view item, std::vector<Wanted>& layout) {
  const auto whole = item;
  const int count = take_repeats(item);
  const auto [name, parenthesis] = halves(item, '(');
  const auto [first, rest] = halves(trim(name), '.');
  const auto part = rest ? compute_slices_of(first) : std::nullopt;
  if (part && parenthesis) refuse(whole, "a compute instance is not cut further");

  const auto& profile = profile_called(model, part ? *rest : trim(name));
  for (int i = 0; i < count; ++i) {
    if (part) {
      add_part(layout, profile, *part);
    } else if (parenthesis) {
      layout.push_back({&profile, parse_parts(whole, *parenthesis, profile)});
    } else {
      layout.push_back({&profile, {profile.compute_slices}});
    }
  }
}

/// MIG on or off, and with what.
struct Layout {
  bool mig = false;
  std::vector<Wanted> instances;
};

Layout parse_layout(const GpuModel& model, std::string_view text) {
  const auto word = lower(trim(text));
  if (word == "off") return {};
  if (word == "empty") return {.mig = true, .instances = {}};
  if (word.empty()) refuse(text, "a layout is missing behind \":\": write off, empty or instances");
  Layout layout{.mig = true, .instances = {}};
  for (const auto item : split_instances(text)) parse_instance(model, item, layout.instances);
  return layout;
}

void add_gpus(World& world, std::string_view text) {
  auto [head, layout_text] = halves(text, ':');
  const auto [number, model_name] = halves(head, '*');
  const int count = model_name ? repeats(text, number, most_gpus) : 1;
  const auto& model = find_model(trim(model_name.value_or(number)));
  const auto layout = parse_layout(model, layout_text.value_or("off"));
  if (world.gpus.size() + static_cast<std::size_t>(count) > most_gpus) {
    refuse(text, "a host has at most " + std::to_string(most_gpus) + " GPUs");
  }
  for (int i = 0; i < count; ++i) {
    auto& gpu = add_gpu(world, model);
    if (layout.mig) apply_layout(gpu, layout.instances);
  }
}

}  // namespace

World parse_spec(std::string_view spec) {
  World world;
  for (const auto gpu : split_gpus(spec)) add_gpus(world, gpu);
  return world;
}

}  // namespace septet::simulated
