// SPDX-License-Identifier: Apache-2.0
#include "sweep/tally.hpp"

namespace septet {
namespace {

double needed_by(const Halt& halt, std::size_t trials) {
  return halt.percent ? halt.count * static_cast<double>(trials) / 100 : halt.count;
}

std::string_view word_of(Halt::Why why) {
  switch (why) {
    case Halt::Why::fail:
      return "failed";
    case Halt::Why::success:
      return "successful";
    case Halt::Why::done:
      return "ended";
  }
  return "?";
}

}  // namespace

Tally::Tally(const Sweep& sweep, std::size_t trials)
    : halt_(sweep.halt),
      ranking_(sweep.ranking),
      needed_(needed_by(sweep.halt, trials)),
      best_(sweep.ranking.goal, 1) {
  if (sweep.keep_best) {
    kept_.emplace(sweep.ranking.goal, static_cast<std::size_t>(*sweep.keep_best));
  }
}

std::optional<int> Tally::add(const TrialEnd& end) {
  ++attempts_;
  busy_ += end.took;
  if (end.again) return {};
  if (is_failure(end.outcome)) ++failed_;
  if (end.outcome == Outcome::pruned) ++pruned_;
  if (end.outcome != Outcome::done) return {};
  ++done_;
  return remember(end.trial, end.metric);
}

std::optional<int> Tally::remember(int trial, std::optional<double> score) {
  best_.add({trial, score});
  return kept_ ? kept_->add({trial, score}) : std::nullopt;
}

std::optional<double> Tally::score(const Metrics& metrics) const {
  if (ranking_.metric.empty()) return {};
  return score_of(metrics, ranking_);
}

int Tally::counted() const {
  switch (halt_.why) {
    case Halt::Why::fail:
      return failed_;
    case Halt::Why::success:
      return done_;
    case Halt::Why::done:
      return failed_ + done_ + pruned_;
  }
  return 0;
}

bool Tally::halts() const { return needed_ > 0 && counted() >= needed_; }

std::string Tally::reason() const {
  return std::to_string(counted()) + " " + std::string(word_of(halt_.why)) +
         (counted() == 1 ? " trial" : " trials");
}

void Tally::describe(SweepSight& sight) const {
  if (attempts_ > 0) sight.average = busy_ / attempts_;
  if (best_.list().empty()) return;
  sight.best = best_.list().front().score;
  sight.best_trial = best_.list().front().trial;
}

}  // namespace septet
