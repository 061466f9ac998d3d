// SPDX-License-Identifier: Apache-2.0
#include "choose/candidates.hpp"

#include "base/text.hpp"
#include "choose/arrange.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <iterator>
#include <string>

namespace septet {
namespace {

[[noreturn]] void refuse_repetition(const std::string& name, const Slice& slice) {
  throw Error(ErrorKind::usage, "\"" + name + "\" names slice " + position(slice) + " (" +
                                    slice.uuid + ") once more: name each slice once");
}

/// A name that means a GPU that is cut up deserves a better answer than "no such slice".
void refuse_parent(const Host& host, const std::string& name) {
  for (const auto& gpu : host.gpus) {
    if (gpu.state == GpuState::full || (name != std::to_string(gpu.index) && name != gpu.uuid)) {
      continue;
    }
    throw Error(ErrorKind::device, "\"" + name + "\" is " + std::string(name_of(gpu.state)) +
                                       " and cannot be had as a whole: name slices of it, or "
                                       "another GPU (septet list shows them)");
  }
}

/// The named slices, in rank order; empty unless all of them together can serve.
SlicePointers named_slices(const SlicePointers& usable, const Host& host, const Request& request) {
  SlicePointers named;
  for (const auto& name : request.named) {
    refuse_parent(host, name);
    const auto* slice = &find_slice(host, name);
    if (std::find(named.begin(), named.end(), slice) != named.end())
      refuse_repetition(name, *slice);
    named.push_back(slice);
  }
  const bool good = std::all_of(named.begin(), named.end(), [&](const Slice* slice) {
    return fits(*slice, request) && std::find(usable.begin(), usable.end(), slice) != usable.end();
  });
  if (!good || members_of_pools(named, request).size() != named.size()) return {};
  return named;
}

/// Slices before whole GPUs: these are for requests that no slices of this host could serve.
SlicePointers unnamed_slices(const SlicePointers& fitting, const Request& request) {
  SlicePointers cut;
  std::copy_if(fitting.begin(), fitting.end(), std::back_inserter(cut),
               [](const Slice* slice) { return slice->kind != SliceKind::full; });
  const auto serving = members_of_pools(cut, request);
  return serving.empty() ? members_of_pools(fitting, request) : serving;
}

}  // namespace

Candidates find_candidates(const Host& host, const Request& request) {
  refuse_contradictions(request);
  const auto usable = usable_slices(host);
  if (!request.named.empty()) return {.slices = named_slices(usable, host, request), .whole = {}};

  SlicePointers fitting;
  std::copy_if(usable.begin(), usable.end(), std::back_inserter(fitting),
               [&request](const Slice* slice) { return fits(*slice, request); });
  Candidates found{.slices = unnamed_slices(fitting, request), .whole = {}};
  if (!request.prefer_full) return found;

  // The profile is that of the slices, should no whole GPU be free.
  auto whole = request;
  whole.profile = "full";
  std::copy_if(usable.begin(), usable.end(), std::back_inserter(found.whole),
               [&whole](const Slice* slice) {
                 return slice->kind == SliceKind::full && fits(*slice, whole);
               });
  return found;
}

}  // namespace septet
