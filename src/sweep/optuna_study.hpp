// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/bridge.hpp"
#include "sweep/metrics.hpp"
#include "sweep/results.hpp"
#include <septet/error.hpp>
#include <septet/sweep.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// A study of Optuna that says what trials try, and which of them to end early.
///
/// The journal is right, and the study follows it: a trial is told after it is on disk, and told
/// again on the next start should that have been too late. When the study breaks down, all calls
/// do nothing, and `fault` says why. One thread.
class OptunaStudy {
 public:
  /// Opens the study of `sweep`, which has a search. Throws Error `argument` when that cannot be:
  /// no Python, no Optuna, no such sampler, a study that does not fit.
  explicit OptunaStudy(const Sweep& sweep);

  /// Takes up what the sweep has come to so far.
  void join(const Results& before);

  /// What `trial` tries: as it did before if it ran before. Nothing after a fault.
  [[nodiscard]] std::optional<Parameters> ask(int trial);

  /// Whether the trial is to be ended, now that `points` came. Points without the metric count not.
  [[nodiscard]] bool prunes(int trial, const std::vector<Point>& points);

  /// An attempt ended, and the journal has it; the study hears of it if that is the trial's end.
  void tell(const TrialEnd& end);

  [[nodiscard]] bool has_pruner() const { return sweep_.search->pruner != "none"; }
  [[nodiscard]] pid_t pid() const { return bridge_.pid(); }
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

 private:
  void tell(const TrialResult& result);
  std::optional<nlohmann::json> exchange(const nlohmann::json& question);

  const Sweep& sweep_;
  Bridge bridge_;
  std::map<int, Parameters> parameters_;  ///< Of trials that began and did not come to an end.
  std::map<int, double> steps_;           ///< The last one of each trial that runs.
  std::optional<Error> fault_;
};

}  // namespace septet
