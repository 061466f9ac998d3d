// SPDX-License-Identifier: Apache-2.0
#include "discover/layout.hpp"

#include "base/text.hpp"
#include "discover/packing.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <numeric>

namespace septet::simulated {
namespace {

[[noreturn]] void refuse(const GpuModel& model, const std::string& why) {
  throw Error(ErrorKind::argument, std::string(model.name) + " cannot be cut so: " + why);
}

std::string quoted(const GpuProfile& profile) { return std::string(profile.name); }

/// The sum over the layout of one number of each profile.
template <typename Number>
int sum(const std::vector<Wanted>& layout, Number number) {
  return std::accumulate(layout.begin(), layout.end(), 0, [&](int total, const Wanted& wanted) {
    return total + number(*wanted.profile);
  });
}

void check_counts(const GpuModel& model, const std::vector<Wanted>& layout) {
  for (const auto& profile : model.profiles) {
    const int count = sum(layout, [&](const auto& p) { return &p == &profile ? 1 : 0; });
    if (count <= profile.max_instances) continue;
    refuse(model, std::to_string(count) + " instances of " + quoted(profile) +
                      ", and it has at most " + std::to_string(profile.max_instances));
  }
}

void check_compute_slices(const GpuModel& model, const std::vector<Wanted>& layout) {
  const int wanted = sum(layout, [](const auto& profile) { return profile.compute_slices; });
  if (wanted <= model.compute_slices) return;
  refuse(model, "the instances take " + std::to_string(wanted) +
                    " compute slices (the number before \"g\"), and it has " +
                    std::to_string(model.compute_slices));
}

void check_engines(const GpuModel& model, const std::vector<Wanted>& layout) {
  struct Named {
    int Engines::* count;
    const char* name;
  };
  for (const auto& engine :
       {Named{&Engines::copy, "copy engines"}, Named{&Engines::decode, "decoders"},
        Named{&Engines::encode, "encoders"}, Named{&Engines::jpeg, "JPEG engines"},
        Named{&Engines::ofa, "optical flow engines (+me takes one)"}}) {
    const int wanted = sum(layout, [&](const auto& p) { return p.engines.*engine.count; });
    const int there = model.engines.*engine.count;
    if (wanted <= there) continue;
    refuse(model, "the instances take " + std::to_string(wanted) + " " + engine.name +
                      ", and it has " + std::to_string(there));
  }
}

std::string placements_of(const GpuProfile& profile) {
  std::vector<std::string> starts;
  for (int place = 0; place < profile.places; ++place) {
    starts.push_back(std::to_string(place * profile.memory_slices));
  }
  return std::string(profile.name) + " {" + join(starts, ",") +
         "}:" + std::to_string(profile.memory_slices);
}

std::string placements_of(const std::vector<Wanted>& layout) {
  std::vector<std::string> lines;
  for (const auto& wanted : layout) {
    const auto line = placements_of(*wanted.profile);
    if (std::ranges::find(lines, line) == lines.end()) lines.push_back(line);
  }
  return join(lines, ", ");
}

std::vector<int> places_of(const GpuModel& model, const std::vector<Wanted>& layout) {
  std::vector<Piece> pieces;
  for (const auto& wanted : layout) {
    const int size = wanted.profile->memory_slices;
    pieces.push_back({size, size, wanted.profile->places});
  }
  const auto starts = pack(pieces, End::high);
  if (!starts) {
    refuse(model, "the instances do not fit side by side on its " +
                      std::to_string(model.memory_slices) +
                      " memory slices; they may start at: " + placements_of(layout));
  }
  return *starts;
}

std::string words_of(const std::vector<int>& parts) {
  std::vector<std::string> words;
  for (const int part : parts) words.push_back(std::to_string(part) + "c");
  return join(words, ", ");
}

[[noreturn]] void refuse_parts(const GpuModel& model, const Wanted& wanted) {
  std::vector<std::string> choices;
  for (const auto& choice : compute_profiles(model, *wanted.profile)) {
    choices.push_back(std::to_string(choice.places) + " of " +
                      std::to_string(choice.compute_slices) + "c");
  }
  refuse(model, "a " + quoted(*wanted.profile) + " has no room for compute instances " +
                    words_of(wanted.parts) + "; it takes at most " + join(choices, ", or ") +
                    ", or what fits together");
}

void make_parts(const GpuModel& model, GpuInstance& instance, const Wanted& wanted) {
  const auto choices = compute_profiles(model, *wanted.profile);
  std::vector<ComputeProfile> profiles;
  std::vector<Piece> pieces;
  for (const int part : wanted.parts) {
    const auto choice = std::ranges::find(choices, part, &ComputeProfile::compute_slices);
    if (choice == choices.end()) refuse_parts(model, wanted);
    profiles.push_back(*choice);
    pieces.push_back({choice->compute_slices, choice->stride, choice->places});
  }
  const auto starts = pack(pieces, End::low);
  if (!starts) refuse_parts(model, wanted);
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    create_compute_instance(instance, profiles[i], starts->at(i));
  }
}

}  // namespace

void apply_layout(Gpu& gpu, const std::vector<Wanted>& layout) {
  const auto& model = *gpu.model;
  check_counts(model, layout);
  check_compute_slices(model, layout);
  check_engines(model, layout);
  const auto starts = places_of(model, layout);

  gpu.mig = gpu.mig_pending = true;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const auto created = create_gpu_instance(gpu, *layout[i].profile, starts[i]);
    if (created.result != nvml::Result::success) {
      throw Error(ErrorKind::internal, "a layout passed every rule and does not fit");
    }
    make_parts(model, *find_instance(gpu, created.id), layout[i]);
  }
}

}  // namespace septet::simulated
