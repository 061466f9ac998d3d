// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sweep/schedule.hpp"
#include <septet/environment.hpp>
#include <septet/lease.hpp>
#include <septet/sweep.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace septet {

/// One attempt at one trial, as it is about to run.
struct Trial {
  Work work;
  int slot = 1;  ///< From 1.
  std::uint32_t seed = 0;
  Parameters parameters;
  std::filesystem::path folder;  ///< Its own: absolute.
};

/// What lies in a trial's folder.
struct TrialFiles {
  std::filesystem::path folder;

  [[nodiscard]] std::filesystem::path out() const { return folder / "stdout"; }
  [[nodiscard]] std::filesystem::path err() const { return folder / "stderr"; }
  [[nodiscard]] std::filesystem::path metrics() const { return folder / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path description() const { return folder / "trial.json"; }

  /// Where those of earlier runs of the trial are, each in a folder with its number from 1.
  [[nodiscard]] std::filesystem::path earlier() const { return folder / "earlier"; }
};

/// Where trial number `trial` of the sweep in `sweep_folder` has its folder.
[[nodiscard]] std::filesystem::path trial_folder(const std::filesystem::path& sweep_folder,
                                                 int trial);

/// What stands in braces for `trial` on `slice`: parameters, trial, seed, slice, slot, folder.
[[nodiscard]] Parameters values_of(const Trial& trial, const Slice& slice);

/// `base` with what a trial is told on top: SEPTET_TRIAL, SEPTET_SEED, SEPTET_TRIAL_<NAME>,
/// SEPTET_METRICS, SEPTET_OUTPUT; and without the rank of whoever started the sweep. Pure.
[[nodiscard]] Environment trial_environment(Environment base, const Trial& trial);

/// Makes the folder ready: a new trial.json, and what an earlier run wrote into these files put
/// aside. What the trial itself left there stays. Throws Error `system`.
void prepare_folder(const Trial& trial, const Slice& slice,
                    const std::vector<std::string>& command);

/// The last lines of what the trial wrote to stderr, else to stdout; at most `count`.
[[nodiscard]] std::vector<std::string> last_lines(const TrialFiles& files, std::size_t count);

}  // namespace septet
