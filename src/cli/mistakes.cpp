// SPDX-License-Identifier: Apache-2.0
#include "cli/mistakes.hpp"

#include "base/text.hpp"
#include "choose/eligible.hpp"
#include "cli/disagreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace septet::cli {
namespace {

constexpr auto cuda_variable = "CUDA_VISIBLE_DEVICES";
constexpr auto nvidia_variable = "NVIDIA_VISIBLE_DEVICES";
constexpr auto use_septet = "let septet run or septet hold set it";

/// What is looked for mistakes, read once.
struct Facts {
  explicit Facts(const Sight& seen)
      : sight(seen),
        chosen(entries_of(seen, cuda_variable)),
        named(chosen ? slices_in(*chosen) : std::vector<const Slice*>{}),
        usable(seen.host ? usable_slices(*seen.host) : SlicePointers{}),
        own(own_slice(seen)),
        ranks(ranks_of(seen.environment)),
        in_slurm(seen.environment.get("SLURM_JOB_ID").has_value()) {}

  const Sight& sight;
  std::optional<std::vector<Entry>> chosen;  ///< The entries of CUDA_VISIBLE_DEVICES, if set.
  std::vector<const Slice*> named;           ///< The slices that they name.
  SlicePointers usable;                      ///< All of the host.
  const Slice* own;
  std::optional<Ranks> ranks;
  bool in_slurm;
};

using Mistakes = std::vector<Mistake>;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_position(std::string_view text) {
  const auto pieces = split(text, ':');
  return pieces.size() == 2 && parse_number<unsigned>(pieces[0]) &&
         parse_number<unsigned>(pieces[1]);
}

bool is_uuid(std::string_view text) {
  return text.starts_with("GPU-") || text.starts_with("MIG-") || text.starts_with("MPS-");
}

/// "CUDA_VISIBLE_DEVICES=MIG-…" for a slice on this host that the user might mean.
std::string name_a_slice(const SlicePointers& usable, const Gpu* gpu) {
  for (const auto* slice : usable) {
    if (gpu == nullptr || slice->gpu == gpu->index) {
      return fmt::format("name a slice, such as {}={} (septet list shows all), or {}",
                         cuda_variable, slice->uuid, use_septet);
    }
  }
  return "take another GPU, or have this one cut into slices (septet list shows what there is)";
}

void find_no_driver(const Facts& facts, Mistakes& mistakes) {
  if (facts.sight.host) return;
  mistakes.push_back({"no-driver", "the driver does not answer here", facts.sight.trouble,
                      "in a container: start it with its GPUs (docker run --gpus ...); elsewhere: "
                      "see whether nvidia-smi -L works"});
}

/// Words that CUDA does not know.
void find_words(const Facts& facts, Mistakes& mistakes) {
  for (const auto& entry : facts.chosen.value_or(std::vector<Entry>{})) {
    if (!is_one_of(lower(entry.text), {"all", "none", "void"})) continue;
    mistakes.push_back(
        {"word-for-device", fmt::format("{} has \"{}\"", cuda_variable, entry.text),
         "that is a word of container runtimes; CUDA takes it for a device that does "
         "not exist, and shows none",
         entry.text == "all" ? "unset it to see all devices, or name them by uuid"
                             : "make it empty to hide all devices, or name some"});
  }
}

/// G:M, and the number of a GPU that is cut up.
void find_numbers(const Facts& facts, Mistakes& mistakes) {
  for (const auto& entry : facts.chosen.value_or(std::vector<Entry>{})) {
    if (is_position(entry.text)) {
      mistakes.push_back({"index-for-uuid",
                          fmt::format("{} names {} by its position", cuda_variable, entry.text),
                          "CUDA reads the number before the colon and takes that GPU",
                          entry.slice != nullptr && facts.sight.place == Place::host
                              ? fmt::format("{}={}", cuda_variable, entry.slice->uuid)
                              : name_a_slice(facts.usable, nullptr)});
    } else if (parse_number<int>(entry.text) && entry.gpu != nullptr && !facts.in_slurm &&
               is_one_of(name_of(entry.gpu->state), {"partitioned", "empty"})) {
      mistakes.push_back(
          {"index-for-uuid",
           fmt::format("{} names GPU {} by its number, and that GPU is {}", cuda_variable,
                       entry.text, name_of(entry.gpu->state)),
           "numbers stand for GPUs; which slice of this one you would get is chance, "
           "and everybody would get the same",
           name_a_slice(facts.usable, entry.gpu)});
    }
  }
}

/// The uuid of a GPU that is cut up.
void find_parents(const Facts& facts, Mistakes& mistakes) {
  for (const auto& entry : facts.chosen.value_or(std::vector<Entry>{})) {
    if (!entry.text.starts_with("GPU-") || entry.gpu == nullptr) continue;
    const auto state = entry.gpu->state;
    if (state != GpuState::partitioned && state != GpuState::empty) continue;
    mistakes.push_back({"parent-as-device",
                        fmt::format("{} names GPU {} as a whole, which is {}", cuda_variable,
                                    entry.gpu->index, name_of(state)),
                        "CUDA runs on the slices of a GPU in MIG mode, never on the GPU itself",
                        name_a_slice(facts.usable, entry.gpu)});
  }
}

/// UUIDs that the host does not have, wherever they stand.
void find_gone(const Facts& facts, Mistakes& mistakes) {
  if (!facts.sight.host) return;
  std::set<std::string> told;
  for (const auto* variable : {"SEPTET_SLICES", cuda_variable, nvidia_variable}) {
    for (const auto& entry : entries_of(facts.sight, variable).value_or(std::vector<Entry>{})) {
      if (!is_uuid(entry.text) || entry.matches == 1 || !told.insert(entry.text).second) continue;
      if (entry.matches > 1) {
        mistakes.push_back({"ambiguous", fmt::format("{} has {}", variable, entry.text),
                            "several devices of this host begin like that",
                            "write more of the uuid (septet list shows all)"});
        continue;
      }
      mistakes.push_back(
          {"gone", fmt::format("{} names {}, which is not there", variable, entry.text),
           "it was destroyed or cut anew, or belongs to another host; no slice "
           "survives a reboot",
           fmt::format("take one that is there: septet list shows all; or {}", use_septet)});
    }
  }
}

void find_repeated(const Facts& facts, Mistakes& mistakes) {
  std::set<std::string> seen;
  for (const auto& entry : facts.chosen.value_or(std::vector<Entry>{})) {
    if (seen.insert(entry.text).second) continue;
    mistakes.push_back({"named-twice", fmt::format("{} has {} twice", cuda_variable, entry.text),
                        "CUDA then shows no device at all", "name each device once"});
  }
}

bool is_older_than_570(const Host& host) {
  const auto dot = host.driver_version.find('.');
  const auto major = parse_number<int>(std::string_view(host.driver_version).substr(0, dot));
  return major && *major < 570;
}

/// Compute instances of one GPU instance, of which CUDA shows one.
bool has_siblings(const SlicePointers& slices) {
  std::set<std::pair<int, int>> instances;
  return std::any_of(slices.begin(), slices.end(), [&instances](const Slice* slice) {
    return slice->gpu_instance && !instances.emplace(slice->gpu, *slice->gpu_instance).second;
  });
}

/// The slices that this process was given: those that it names, and without a choice in a container
/// all that the runtime let in.
SlicePointers given_instances(const Facts& facts) {
  SlicePointers mig;
  const bool all = !facts.chosen && facts.sight.place == Place::container;
  for (const auto* slice : all ? facts.usable : facts.named) {
    if (slice->kind == SliceKind::mig) mig.push_back(slice);
  }
  return mig;
}

/// More slices than CUDA shows.
void find_several(const Facts& facts, Mistakes& mistakes) {
  const auto given = given_instances(facts);
  if (given.size() < 2) return;
  const bool old = is_older_than_570(*facts.sight.host);
  const auto& cuda = facts.sight.cuda;
  const bool fewer = cuda ? cuda->devices.size() < given.size() : old || has_siblings(given);
  if (!fewer) return;
  const auto shown = cuda ? cuda->devices.size() : std::size_t{1};
  mistakes.push_back(
      {"several-slices",
       fmt::format("this process has {} slices, and CUDA shows {}", given.size(),
                   cuda || old ? std::to_string(shown) : "fewer"),
       has_siblings(given)
           ? "CUDA shows one compute instance of each GPU instance"
           : "drivers before R570 show one slice to a process (from R570 on: one of each GPU "
             "instance)",
       fmt::format("run one process on each: septet run -n {} -- COMMAND; under mpirun or srun put "
                   "septet bind -- before the command",
                   given.size())});
}

/// "all" or "void" where scripts take the names of slices from.
void find_container_words(const Facts& facts, Mistakes& mistakes) {
  const auto value = facts.sight.environment.get_or(nvidia_variable, "");
  const auto what = fmt::format("{} is \"{}\"", nvidia_variable, value);
  if (value == "all" && facts.sight.place == Place::host) {
    mistakes.push_back({"all-outside-container", what,
                        "only a container runtime makes devices of it; here nothing does, and a "
                        "script that copies it to CUDA_VISIBLE_DEVICES gets none",
                        "septet hold sets it to the uuids of slices that are yours"});
  } else if (is_one_of(value, {"void", "none"}) && !facts.chosen) {
    mistakes.push_back({"void", what,
                        "it names no slices, for another mechanism chose them (CDI) or nothing did",
                        "septet list shows the slices that are here; septet hold sets both "
                        "variables to them"});
  }
}

/// Variables that leave the choice to chance, or to nobody.
void find_unset(const Facts& facts, Mistakes& mistakes) {
  if (facts.chosen && facts.chosen->empty()) {
    mistakes.push_back(
        {"empty", fmt::format("{} is empty", cuda_variable),
         "CUDA then shows no device, and most programs go on with the CPU and do not "
         "say so",
         use_septet});
  }
  const auto slices =
      std::count_if(facts.usable.begin(), facts.usable.end(),
                    [](const Slice* slice) { return slice->kind == SliceKind::mig; });
  if (facts.chosen || facts.sight.place == Place::container || facts.in_slurm || slices < 2) return;
  mistakes.push_back({"unset",
                      fmt::format("{} is unset on a host with {} slices", cuda_variable, slices),
                      "CUDA takes the first slice then, whoever uses it already", use_septet});
}

/// A rank that would find no device of its own.
void find_rank_without_slice(const Facts& facts, Mistakes& mistakes) {
  if (!facts.ranks || facts.own != nullptr || !facts.sight.host) return;
  const bool whole_for_each = !facts.chosen && std::any_of(facts.usable.begin(), facts.usable.end(),
                                                           [](const Slice* slice) {
                                                             return slice->kind == SliceKind::full;
                                                           });
  if (whole_for_each) return;
  mistakes.push_back(
      {"rank-without-slice",
       fmt::format("rank {} of {} ({}) has no slice", facts.ranks->rank, facts.ranks->size,
                   facts.ranks->told_by),
       "nothing names a device for it, so it would run on the CPU or on the slice of "
       "another rank",
       "septet run gives each rank one; under mpirun or srun put septet bind -- before "
       "the command"});
}

/// How many slices all ranks of this host share, where that can be told from one of them.
std::optional<std::size_t> shared_slices(const Facts& facts) {
  if (const auto leased = entries_of(facts.sight, "SEPTET_SLICES")) return leased->size();
  if (facts.named.size() > 1) return facts.named.size();
  if (!facts.sight.host) return {};
  return facts.usable.size();
}

void find_more_ranks(const Facts& facts, Mistakes& mistakes) {
  // A rank of septet run has its own slice, and sees no other.
  if (!facts.ranks || facts.ranks->told_by == "septet") return;
  const auto slices = shared_slices(facts);
  const auto ranks = static_cast<std::size_t>(std::max(facts.ranks->local_size, 0));
  if (!slices || ranks <= *slices) return;
  mistakes.push_back({"more-ranks-than-slices",
                      fmt::format("{} ranks on this host share {} slice{}", ranks, *slices,
                                  *slices == 1 ? "" : "s"),
                      "some run on the slice of another, or on none",
                      fmt::format("start as many as there are slices: -n {}", *slices)});
}

}  // namespace

std::vector<Mistake> find_mistakes(const Sight& sight) {
  const Facts facts(sight);
  Mistakes mistakes;
  for (const auto find :
       {find_no_driver, find_words, find_numbers, find_parents, find_gone, find_repeated,
        find_several, find_container_words, find_unset, find_rank_without_slice, find_more_ranks}) {
    find(facts, mistakes);
  }
  for (auto& mistake : find_disagreements(sight)) mistakes.push_back(std::move(mistake));
  return mistakes;
}

}  // namespace septet::cli
