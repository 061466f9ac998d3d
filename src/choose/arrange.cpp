// SPDX-License-Identifier: Apache-2.0
#include "choose/arrange.hpp"

#include <algorithm>
#include <compare>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace septet {
namespace {

using ByGpu = std::map<int, SlicePointers>;

ByGpu by_gpu(const SlicePointers& slices) {
  ByGpu gpus;
  for (const auto* slice : slices) gpus[slice->gpu].push_back(slice);
  return gpus;
}

bool is_smaller(const Slice* a, const Slice* b) { return a->memory_bytes < b->memory_bytes; }

/// SMs and compute slices: two slices that agree in both take the same time for the same work.
std::pair<int, int> speed(const Slice& slice) {
  return {slice.multiprocessors, slice.compute_slices};
}

/// Adds the pools of `slices` that agree in `key` (and lie on one GPU, if asked) and are enough.
template <typename Key>
void add_pools(std::vector<Pool>& pools, const SlicePointers& slices, const Request& request,
               Key key) {
  std::map<std::pair<int, decltype(key(*slices.front()))>, Pool> groups;
  for (const auto* slice : slices) {
    groups[{request.same_gpu ? slice->gpu : 0, key(*slice)}].push_back(slice);
  }
  for (auto& [shared, group] : groups) {
    if (group.size() >= count_of(request)) pools.push_back(std::move(group));
  }
}

/// Drops the smallest slices for as long as enough are left: the smallest one limits all ranks.
Pool without_small_ones(const Pool& pool, const Request& request) {
  auto sizes = pool;
  const auto last = sizes.begin() + static_cast<std::ptrdiff_t>(count_of(request)) - 1;
  std::nth_element(sizes.begin(), last, sizes.end(),
                   [](const Slice* a, const Slice* b) { return is_smaller(b, a); });
  const auto least = (*last)->memory_bytes;
  Pool large;
  std::copy_if(pool.begin(), pool.end(), std::back_inserter(large),
               [least](const Slice* slice) { return slice->memory_bytes >= least; });
  return large;
}

/// The GPU to take the next slices from: the fullest that can serve all of the rest, else the one
/// that can serve most of it.
ByGpu::const_iterator next_gpu(const ByGpu& pool, std::size_t rest, const ByGpu& unheld) {
  const auto merit = [&](const ByGpu::value_type& gpu) {
    const auto served = std::min(rest, gpu.second.size());
    return std::tuple(rest - served, unheld.at(gpu.first).size(), gpu.first);
  };
  return std::min_element(pool.begin(), pool.end(),
                          [&merit](const auto& a, const auto& b) { return merit(a) < merit(b); });
}

/// On as few GPUs as possible.
SlicePointers pack(const Pool& pool, std::size_t count, const ByGpu& unheld) {
  auto gpus = by_gpu(pool);
  SlicePointers taken;
  while (taken.size() < count) {
    const auto gpu = next_gpu(gpus, count - taken.size(), unheld);
    const auto served = std::min(count - taken.size(), gpu->second.size());
    taken.insert(taken.end(), gpu->second.begin(),
                 gpu->second.begin() + static_cast<std::ptrdiff_t>(served));
    gpus.erase(gpu);
  }
  std::sort(taken.begin(), taken.end(), is_before);
  return taken;
}

/// The `count` GPUs with the most slices that nobody holds: there the neighbours are fewest.
ByGpu emptiest(const ByGpu& gpus, std::size_t count, const ByGpu& unheld) {
  std::vector<std::pair<std::size_t, int>> order;
  for (const auto& [gpu, slices] : gpus) order.emplace_back(unheld.at(gpu).size(), -gpu);
  std::sort(order.begin(), order.end(), std::greater<>());
  ByGpu chosen;
  for (const auto& [room, gpu] : order) {
    if (chosen.size() < count) chosen.emplace(-gpu, gpus.at(-gpu));
  }
  return chosen;
}

/// On as many GPUs as possible, neighbouring ranks on different ones.
SlicePointers deal_out(const Pool& pool, std::size_t count, const ByGpu& unheld) {
  const auto gpus = emptiest(by_gpu(pool), count, unheld);
  SlicePointers taken;
  for (std::size_t round = 0; taken.size() < count; ++round) {
    for (const auto& [gpu, slices] : gpus) {
      if (round < slices.size() && taken.size() < count) taken.push_back(slices[round]);
    }
  }
  return taken;
}

/// What makes one arrangement better than another, most weighty first; less is better.
struct Merit {
  int gpus = 0;  ///< How many are used; negative where more is better.
  bool unequal_speed = false;
  std::size_t rarity = 0;  ///< Slices of other sizes on the host: use what there is most of.
  std::uint64_t size = 0;  ///< Memory, where as small as suffices is wanted; else its complement.
  std::size_t left = 0;    ///< Slices that nobody holds on the GPUs used: keep the emptiest whole.
  int first_gpu = 0;

  auto operator<=>(const Merit&) const = default;
};

Merit merit_of(const SlicePointers& slices, const SlicePointers& all, const ByGpu& unheld,
               const Request& request) {
  const auto& first = *slices.front();
  const auto [least, most] = std::minmax_element(slices.begin(), slices.end(), is_smaller);
  const auto bytes = (*least)->memory_bytes;
  const auto used = by_gpu(slices);
  Merit merit{.gpus = static_cast<int>(used.size()) * (request.spread ? -1 : 1),
              .size = ~bytes,
              .first_gpu = first.gpu};
  for (const auto& [gpu, some] : used) merit.left += unheld.at(gpu).size();
  if (bytes != (*most)->memory_bytes) return merit;

  merit.unequal_speed = std::any_of(slices.begin(), slices.end(), [&first](const Slice* slice) {
    return speed(*slice) != speed(first);
  });
  if (request.memory_bytes) {
    merit.size = bytes;
  } else {
    merit.rarity = static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [=](const Slice* slice) { return slice->memory_bytes != bytes; }));
  }
  return merit;
}

}  // namespace

std::vector<Pool> equal_pools(const SlicePointers& slices, const Request& request) {
  std::vector<Pool> pools;
  add_pools(pools, slices, request, [](const Slice& slice) { return slice.memory_bytes; });
  add_pools(pools, slices, request,
            [](const Slice& slice) { return std::pair(slice.memory_bytes, speed(slice)); });
  return pools;
}

std::vector<Pool> mixed_pools(const SlicePointers& slices, const Request& request) {
  std::vector<Pool> pools;
  add_pools(pools, slices, request, [](const Slice&) { return 0; });
  return pools;
}

SlicePointers members_of_pools(const SlicePointers& slices, const Request& request) {
  std::set<const Slice*> members;
  const auto pools =
      request.allow_mixed ? mixed_pools(slices, request) : equal_pools(slices, request);
  for (const auto& pool : pools) members.insert(pool.begin(), pool.end());
  SlicePointers kept;
  std::copy_if(slices.begin(), slices.end(), std::back_inserter(kept),
               [&members](const Slice* slice) { return members.contains(slice); });
  return kept;
}

std::optional<SlicePointers> arrange(const SlicePointers& free, const SlicePointers& all,
                                     const SlicePointers& unheld, const Request& request) {
  auto pools = equal_pools(free, request);
  if (pools.empty() && request.allow_mixed) {
    for (const auto& pool : mixed_pools(free, request)) {
      pools.push_back(without_small_ones(pool, request));
    }
  }
  const auto room = by_gpu(unheld);
  const auto place = request.spread ? deal_out : pack;
  std::optional<SlicePointers> best;
  for (const auto& pool : pools) {
    auto slices = place(pool, count_of(request), room);
    if (!best || merit_of(slices, all, room, request) < merit_of(*best, all, room, request)) {
      best = std::move(slices);
    }
  }
  return best;
}

}  // namespace septet
