// SPDX-License-Identifier: Apache-2.0
#include "launch/collectives_environment.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

namespace septet {
namespace {

constexpr auto nccl_library = "libnccl.so.2";
constexpr auto audit_library = "libseptet_audit.so";

constexpr std::array<std::pair<CollectivesFrom, std::string_view>, 4> words{
    {{CollectivesFrom::fitting, "auto"},
     {CollectivesFrom::septet, "septet"},
     {CollectivesFrom::nccl, "nccl"},
     {CollectivesFrom::off, "off"}}};

bool is_slice(const Slice& slice) { return slice.kind != SliceKind::full; }

/// What stands in LD_AUDIT, a colon list, besides Septet's.
std::vector<std::string> other_auditors(const Environment& environment) {
  std::vector<std::string> others;
  const auto list = environment.get_or("LD_AUDIT", "");
  for (const auto piece : split(list, ':')) {
    const bool ours = std::filesystem::path(piece).filename() == audit_library;
    if (!piece.empty() && !ours) others.emplace_back(piece);
  }
  return others;
}

void take_out(Environment& environment) {
  const auto others = other_auditors(environment);
  if (others.empty()) {
    environment.unset("LD_AUDIT");
  } else {
    environment.set("LD_AUDIT", join(others, ":"));
  }
  environment.unset("SEPTET_NCCL");
}

void put_in(Environment& environment, const CollectivesLibraries& libraries) {
  auto auditors = other_auditors(environment);
  auditors.push_back(libraries.audit.string());
  environment.set("LD_AUDIT", join(auditors, ":"));
  environment.set("SEPTET_NCCL", libraries.nccl.string());
}

int most_on_one_gpu(const std::vector<Slice>& slices) {
  std::map<std::string, int> ranks;
  for (const auto& slice : slices) ++ranks[slice.gpu_uuid];
  int most = 0;
  for (const auto& [gpu, count] : ranks) most = std::max(most, count);
  return most;
}

/// Source: NCCL's own message and user guide of 2.30 and 2.31: the flag, and no NVLink across nodes
/// nor multicast on slices. Its default number of thread blocks is meant for two ranks a GPU; with
/// more, those that do not fit wait for ever. Eight for all ranks together is what SGLang takes.
void tell_nccl(Environment& environment, const std::vector<Slice>& slices) {
  const auto set = [&](std::string_view name, const std::string& value) {
    if (!environment.get(name)) environment.set(name, value);
  };
  set("NCCL_MULTI_RANK_GPU_ENABLE", "1");
  set("NCCL_MNNVL_ENABLE", "0");
  set("NCCL_NVLS_ENABLE", "0");
  const int ranks = most_on_one_gpu(slices);
  if (ranks > 2) set("NCCL_MAX_CTAS", std::to_string(std::max(1, 8 / ranks)));
}

}  // namespace

std::string_view name_of(CollectivesFrom from) noexcept {
  return std::ranges::find(words, from, &decltype(words)::value_type::first)->second;
}

std::optional<CollectivesFrom> parse_collectives(std::string_view word) noexcept {
  const auto found = std::ranges::find(words, word, &decltype(words)::value_type::second);
  return found == words.end() ? std::nullopt : std::optional(found->first);
}

std::optional<CollectivesLibraries> libraries_in(const std::filesystem::path& folder) {
  const auto whole = std::filesystem::absolute(folder).lexically_normal();
  CollectivesLibraries found{.nccl = whole / nccl_library, .audit = whole / audit_library};
  std::error_code ignored;
  const bool both =
      std::filesystem::exists(found.nccl, ignored) && std::filesystem::exists(found.audit, ignored);
  return both ? std::optional(std::move(found)) : std::nullopt;
}

CollectivesFrom decided(const Collectives& collectives, const std::vector<Slice>& slices) {
  if (collectives.from != CollectivesFrom::fitting) return collectives.from;
  const bool fits = collectives.libraries && std::ranges::any_of(slices, is_slice);
  return fits ? CollectivesFrom::septet : CollectivesFrom::off;
}

void set_collectives(Environment& environment, const Collectives& collectives,
                     const std::vector<Slice>& slices) {
  take_out(environment);
  const auto from = decided(collectives, slices);
  if (from == CollectivesFrom::septet) put_in(environment, *collectives.libraries);
  if (from == CollectivesFrom::nccl && std::ranges::any_of(slices, is_slice)) {
    tell_nccl(environment, slices);
  }
  if (collectives.from != CollectivesFrom::fitting) {
    environment.set("SEPTET_COLLECTIVES", name_of(from));
  }
}

}  // namespace septet
