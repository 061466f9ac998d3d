// SPDX-License-Identifier: Apache-2.0
#include "cli/allocation.hpp"

#include "base/text.hpp"
#include "choose/eligible.hpp"
#include "discover/device_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace septet::cli {
namespace {

/// The variables in which one launcher tells ranks. Sources: torch/distributed/run.py, mpirun(1) of
/// Open MPI 4, MPICH's hydra, srun(1).
struct Launcher {
  std::string_view name;
  std::string_view rank;
  std::string_view size;
  std::string_view local_rank;
  std::string_view local_size;  ///< Empty: it does not tell.
};

constexpr std::array launchers{
    Launcher{"septet", "SEPTET_RANK", "SEPTET_WORLD_SIZE", "SEPTET_LOCAL_RANK", ""},
    Launcher{"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    Launcher{"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
             "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"},
    Launcher{"MPICH", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
    // A batch script has SLURM_PROCID too; only a step has an id.
    Launcher{"Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", ""},
};

std::optional<int> number_in(const Environment& environment, std::string_view variable) {
  return parse_number<int>(environment.get_or(variable, ""));
}

const Slice* find_by_exact_uuid(const Host& host, std::string_view uuid) {
  for (const auto& gpu : host.gpus) {
    for (const auto& slice : gpu.slices) {
      if (slice.uuid == uuid) return &slice;
    }
  }
  return nullptr;
}

Named meaning_of(const Host& host, std::string_view text) {
  if (const auto index = parse_number<unsigned short>(text)) return find_by_index(host, *index);
  if (auto named = find_by_position(host, text)) return *named;
  if (text.starts_with("GPU-") || text.starts_with("MIG-")) return find_by_uuid(host, text);
  const bool is_here = find_by_exact_uuid(host, text) != nullptr;
  return is_here ? Named{.part = {.gpus = {}, .slices = {std::string(text)}}, .matches = 1}
                 : Named{};
}

Entry read_entry(const Host& host, std::string_view text) {
  const auto named = meaning_of(host, text);
  Entry entry{.text = std::string(text), .matches = named.matches};
  if (named.matches != 1) return entry;
  for (const auto& gpu : host.gpus) {
    if (named.part.gpus.contains(gpu.index)) entry.gpu = &gpu;
  }
  if (!named.part.slices.empty()) {
    entry.slice = find_by_exact_uuid(host, *named.part.slices.begin());
  } else if (entry.gpu != nullptr && entry.gpu->state == GpuState::full &&
             !entry.gpu->slices.empty()) {
    entry.slice = &entry.gpu->slices.front();
  }
  return entry;
}

}  // namespace

std::optional<Ranks> ranks_of(const Environment& environment) {
  for (const auto& launcher : launchers) {
    const auto rank = number_in(environment, launcher.rank);
    const auto size = number_in(environment, launcher.size);
    if (!rank || !size) continue;
    return Ranks{.told_by = std::string(launcher.name),
                 .rank = *rank,
                 .size = *size,
                 .local_rank = number_in(environment, launcher.local_rank).value_or(0),
                 .local_size = number_in(environment, launcher.local_size).value_or(0)};
  }
  return {};
}

std::optional<std::vector<Entry>> entries_of(const Sight& sight, std::string_view variable) {
  const auto list = sight.environment.get(variable);
  if (!list) return {};
  std::vector<Entry> entries;
  if (trim(*list).empty()) return entries;
  for (const auto piece : split(*list, ',')) {
    const auto text = trim(piece);
    entries.push_back(sight.host ? read_entry(*sight.host, text)
                                 : Entry{.text = std::string(text)});
  }
  return entries;
}

std::vector<const Slice*> slices_in(const std::vector<Entry>& entries) {
  std::vector<const Slice*> slices;
  for (const auto& entry : entries) {
    const bool is_new = std::find(slices.begin(), slices.end(), entry.slice) == slices.end();
    if (entry.slice != nullptr && is_new) slices.push_back(entry.slice);
  }
  return slices;
}

std::vector<const Slice*> given_slices(const Sight& sight) {
  if (!sight.host) return {};
  for (const auto variable : {"SEPTET_SLICES", "CUDA_VISIBLE_DEVICES"}) {
    if (const auto entries = entries_of(sight, variable)) return slices_in(*entries);
  }
  const auto usable = usable_slices(*sight.host);
  return usable.size() == 1 ? usable : SlicePointers{};
}

const Slice* own_slice(const Sight& sight) {
  if (!sight.host) return nullptr;
  const auto leased = sight.environment.get_or("SEPTET_SLICE", "");
  if (const auto* slice = find_by_exact_uuid(*sight.host, leased)) return slice;
  if (const auto chosen = entries_of(sight, "CUDA_VISIBLE_DEVICES")) {
    return chosen->empty() ? nullptr : chosen->front().slice;
  }
  const auto given = given_slices(sight);
  return given.empty() ? nullptr : given.front();
}

}  // namespace septet::cli
