// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launch/cpu_share.hpp"
#include "sweep/metric_tail.hpp"
#include "sweep/slice_pool.hpp"
#include "sweep/trial.hpp"
#include <septet/sweep.hpp>

#include <sys/types.h>

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// A trial that runs.
struct Running {
  Trial trial;
  pid_t pid = 0;  ///< Of its warden; 0 until that is started.
  std::chrono::steady_clock::time_point started;
  std::chrono::system_clock::time_point since;
  MetricTail tail;
  Metrics metrics;
  std::optional<Outcome> fate;  ///< Why it is being ended, if it is.
};

/// A place for one trial at a time, on one slice.
struct Slot {
  int number = 1;
  Lease* lease = nullptr;
  CpuShare share;
  std::optional<Running> running;
};

/// The slot as a view shows it, with the latest value of `metric`.
[[nodiscard]] SlotSight look_at(const Slot& slot, const std::string& metric);

/// The slots of a sweep: so many a slice, coming and going with the slices.
class Crew {
 public:
  Crew(SlicePool pool, int per_slice);

  [[nodiscard]] std::list<Slot>& slots() { return slots_; }
  [[nodiscard]] const std::list<Slot>& slots() const { return slots_; }
  [[nodiscard]] std::size_t slices() const { return pool_.size(); }
  [[nodiscard]] std::size_t idle() const;
  [[nodiscard]] std::size_t busy() const { return slots_.size() - idle(); }

  /// One more slice, if one is free; its place, for a note.
  std::optional<std::string> grow();

  /// Gives back slices with no running trial while more than `needed` slots are idle, but not
  /// the last `keep` slices.
  void shed(std::size_t needed, std::size_t keep);

  /// Gives an idle slice back for which others wait, above `keep` slices; its place.
  std::optional<std::string> yield(std::size_t keep);

  /// Asks which slices are gone or changed. Idle ones are dropped at once; the slots of the others
  /// are returned, to be ended and then dropped.
  std::vector<Slot*> find_lost();

  /// Drops the slice of a slot that was found lost, once nothing runs on it.
  void drop_idle_lost();

 private:
  [[nodiscard]] bool is_idle(const Lease& lease) const;
  [[nodiscard]] int free_number() const;
  void add_slots(Lease& lease);
  void remove(const Lease& lease);
  void share_cpus_anew();

  SlicePool pool_;
  int per_slice_;
  CpuTopology topology_ = CpuTopology::of_this_process();
  std::list<Slot> slots_;
  std::vector<Lease*> lost_;
};

}  // namespace septet
