// SPDX-License-Identifier: Apache-2.0
#include "choose/explain.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace septet {
namespace {

using Texts = std::vector<std::string>;

std::string numbers(const std::set<int>& gpus) {
  Texts texts;
  for (const int gpu : gpus) texts.push_back(std::to_string(gpu));
  return (texts.size() == 1 ? "GPU " : "GPUs ") + join(texts, ", ");
}

std::set<int> gpus_of(const SlicePointers& slices) {
  std::set<int> gpus;
  for (const auto* slice : slices) gpus.insert(slice->gpu);
  return gpus;
}

bool is_alike(const Slice* a, const Slice* b) {
  return std::tie(a->gpu, a->kind, a->profile, a->memory_bytes) ==
         std::tie(b->gpu, b->kind, b->profile, b->memory_bytes);
}

std::string group_text(const Slice& slice, std::size_t count) {
  const auto size = " (" + format_bytes(slice.memory_bytes) + ")";
  const auto gpu = "GPU " + std::to_string(slice.gpu);
  if (slice.kind == SliceKind::full) return "whole " + gpu + size;
  return std::to_string(count) + " x " + slice.profile + size + " on " + gpu;
}

bool is_mixed(const SlicePointers& slices) {
  return std::any_of(slices.begin(), slices.end(), [&](const Slice* slice) {
    return slice->memory_bytes != slices.front()->memory_bytes;
  });
}

std::uint64_t least_memory(const SlicePointers& slices) {
  auto least = slices.front()->memory_bytes;
  for (const auto* slice : slices) least = std::min(least, slice->memory_bytes);
  return least;
}

/// Why a slice of this size, where one GPU or several made no difference.
std::string size_reason(const Slice& slice, const Request& request) {
  if (!request.memory_bytes) {
    return request.profile.empty() ? "the most common size that is free" : "as asked";
  }
  const bool nominal = slice.memory_bytes < *request.memory_bytes;
  return std::string("the smallest free one ") + (nominal ? "that is sold as " : "with ") +
         format_bytes(*request.memory_bytes);
}

/// Why these GPUs and not others.
std::string placement(const SlicePointers& chosen, const Request& request) {
  const auto gpus = gpus_of(chosen).size();
  if (!request.named.empty()) return "as named";
  if (request.spread) return "spread over " + std::to_string(gpus) + " GPU" + (gpus > 1 ? "s" : "");
  if (gpus > 1) return "no GPU has enough free, so on as few as possible";
  return chosen.size() > 1 ? "one GPU serves all" : size_reason(*chosen.front(), request);
}

/// "3 slices of 1g.10gb with 20 GiB each on one GPU".
std::string asked_for(const Request& request) {
  if (!request.named.empty()) return join(request.named, " and ");
  std::string text = std::to_string(request.slices);
  text += request.slices == 1 ? " slice" : " slices";
  if (!request.profile.empty()) text += " of profile " + request.profile;
  if (request.memory_bytes) text += " with " + format_bytes(*request.memory_bytes);
  if (request.same_gpu) text += " on one GPU";
  if (request.gpus.empty()) return text;
  return text + " on " + numbers({request.gpus.begin(), request.gpus.end()});
}

/// GPUs that give nothing, and why.
Texts unusable_gpus(const Host& host) {
  Texts texts;
  for (const auto& gpu : host.gpus) {
    const bool dead = gpu.state == GpuState::empty || gpu.state == GpuState::lost ||
                      gpu.state == GpuState::denied;
    if (!dead) continue;
    const auto why = gpu.trouble.empty() ? "" : " (" + gpu.trouble + ")";
    texts.push_back("GPU " + std::to_string(gpu.index) + " is " + std::string(name_of(gpu.state)) +
                    why);
  }
  return texts;
}

Texts unknown_gpus(const Host& host, const Request& request) {
  Texts texts;
  for (const int wanted : std::set<int>(request.gpus.begin(), request.gpus.end())) {
    const auto is_wanted = [wanted](const Gpu& gpu) { return gpu.index == wanted; };
    if (std::none_of(host.gpus.begin(), host.gpus.end(), is_wanted)) {
      texts.push_back("no GPU " + std::to_string(wanted));
    }
  }
  return texts;
}

/// How many letters must be put in, taken out or replaced (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

/// The host's profile that looks most like the one asked for, if that is misspelt.
std::optional<std::string> similar_profile(const SlicePointers& usable, const Request& request) {
  constexpr std::size_t most = 2;
  const auto asked = lower(request.profile);
  std::optional<std::string> best;
  for (const auto* slice : usable) {
    const auto far = distance(asked, lower(slice->profile));
    if (far == 0) return {};
    if (far <= most && (!best || far < distance(asked, lower(*best)))) best = slice->profile;
  }
  return best;
}

bool could_serve(const Host& host, const Request& request) {
  const auto [slices, whole] = find_candidates(host, request);
  return !slices.empty() || !whole.empty();
}

/// `request` after `change`, if that can be served.
template <typename Change>
bool would_do(const Host& host, Request request, Change change) {
  change(request);
  return could_serve(host, request);
}

/// "with -n 3": as many as there could be.
std::optional<std::string> fewer(const Host& host, const Request& request, std::size_t usable) {
  auto count = static_cast<int>(std::min(static_cast<std::size_t>(request.slices) - 1, usable));
  for (; count > 0; --count) {
    const auto ask_less = [count](Request& less) { less.slices = count; };
    if (would_do(host, request, ask_less)) return "with -n " + std::to_string(count);
  }
  return {};
}

/// "with --memory 9728M": as much as there could be.
std::optional<std::string> smaller(const Host& host, const Request& request,
                                   const SlicePointers& usable) {
  std::set<std::uint64_t, std::greater<>> sizes;
  for (const auto* slice : usable) sizes.insert(slice->memory_bytes);
  for (const auto size : sizes) {
    const auto ask_less = [size](Request& less) { less.memory_bytes = size; };
    if (size < *request.memory_bytes && would_do(host, request, ask_less)) {
      return "with --memory " + std::to_string(size / mebibyte) + "M";
    }
  }
  return {};
}

/// Single changes of the request, each of which makes it one that can be met.
Texts remedies(const Host& host, const Request& request) {
  const auto usable = usable_slices(host);
  Texts texts;
  const auto offer = [&texts](std::optional<std::string> text) {
    if (text) texts.push_back(std::move(*text));
  };
  const auto offer_if = [&](bool given, const std::string& text, auto change) {
    if (given && would_do(host, request, change)) texts.push_back(text);
  };
  if (const auto similar = similar_profile(usable, request)) offer("with --profile " + *similar);
  offer_if(!request.allow_mixed, "with --allow-mixed", [](Request& r) { r.allow_mixed = true; });
  offer_if(request.same_gpu, "without --same-gpu", [](Request& r) { r.same_gpu = false; });
  offer_if(!request.gpus.empty(), "without --gpu", [](Request& r) { r.gpus.clear(); });
  if (request.memory_bytes) offer(smaller(host, request, usable));
  if (request.named.empty()) offer(fewer(host, request, usable.size()));
  return texts;
}

}  // namespace

std::string grouped(const SlicePointers& slices) {
  Texts groups;
  SlicePointers rest = slices;
  while (!rest.empty()) {
    const auto* first = rest.front();
    const auto others = std::stable_partition(
        rest.begin(), rest.end(), [first](const Slice* slice) { return is_alike(slice, first); });
    groups.push_back(group_text(*first, static_cast<std::size_t>(others - rest.begin())));
    rest.erase(rest.begin(), others);
  }
  return join(groups, ", ");
}

std::string reason_for(const SlicePointers& chosen, const Candidates& candidates,
                       const Request& request) {
  auto ordered = chosen;
  std::sort(ordered.begin(), ordered.end(), is_before);
  auto text = grouped(ordered) + ": ";
  if (request.prefer_full && chosen.front()->kind == SliceKind::full) {
    return text + "free as a whole, which --prefer-full puts before " +
           std::to_string(request.slices) + (request.slices == 1 ? " slice" : " slices");
  }
  if (request.prefer_full) {
    text += candidates.whole.empty() ? "there is no whole GPU for --prefer-full; "
                                     : "no whole GPU is free for --prefer-full; ";
  }
  text += placement(chosen, request);
  if (is_mixed(chosen))
    text += "; unequal memory, the smallest has " + format_bytes(least_memory(chosen));
  return text;
}

Error never_met(const Host& host, const Request& request) {
  const auto usable = usable_slices(host);
  Texts has = unknown_gpus(host, request);
  has.push_back(usable.empty() ? "nothing that can be used" : grouped(usable));
  for (auto& text : unusable_gpus(host)) has.push_back(std::move(text));
  auto message = "this host can never give " + asked_for(request) + "; it has " + join(has, "; ");
  if (!host.hidden_by.empty()) message += "; " + host.hidden_by + " hides other devices";
  const auto changes = remedies(host, request);
  if (!changes.empty()) message += "; it could " + join(changes, " or ");
  return {ErrorKind::device, message};
}

}  // namespace septet
