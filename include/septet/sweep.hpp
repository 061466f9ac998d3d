// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/collectives.hpp>
#include <septet/environment.hpp>
#include <septet/lease.hpp>
#include <septet/request.hpp>
#include <septet/space.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// How one attempt of a trial ended. The words are what the journal and the results have.
enum class Outcome {
  done,       ///< Exit status 0.
  failed,     ///< Any other end of its own.
  timed_out,  ///< Ended at the time limit. A failure.
  pruned,     ///< Ended early by the search, as not worth going on. No failure.
  stopped,    ///< Ended with the sweep: Ctrl-C, a halt. It runs again on resume.
  lost,       ///< Its slice went away: it runs again on another one.
};

inline constexpr std::array all_outcomes{Outcome::done,   Outcome::failed,  Outcome::timed_out,
                                         Outcome::pruned, Outcome::stopped, Outcome::lost};

[[nodiscard]] std::string_view name_of(Outcome outcome) noexcept;

/// Whether the trial came to its end, well or not, rather than being taken away from it.
[[nodiscard]] bool is_own_end(Outcome outcome) noexcept;
[[nodiscard]] bool is_failure(Outcome outcome) noexcept;

enum class Goal { min, max };

/// Which of a metric's values counts.
enum class Score {
  last,  ///< Where the trial ended.
  best,  ///< The best of all its steps.
};

/// How trials are ranked.
struct Ranking {
  std::string metric;  ///< Empty: they are not.
  Goal goal = Goal::min;
  Score score = Score::last;
};

/// When the sweep ends before all trials have run. Those that ended in earlier runs do not count.
struct Halt {
  enum class Why {
    fail,     ///< Trials that failed, retries counted once.
    success,  ///< Trials that are done.
    done,     ///< Trials that came to an end of their own, whichever.
  };
  Why why = Why::fail;
  double count = 0;      ///< So many of them; 0: never.
  bool percent = false;  ///< The count is a share of all trials of the sweep.
  bool now = false;      ///< End the running ones too, instead of starting no more.
};

/// Trials whose values Optuna chooses, while they run, from how the others went.
struct Search {
  std::string storage;           ///< A file of SQLite's, or what SQLAlchemy takes as a URL.
  std::string study = "septet";  ///< Its name there.
  std::string sampler = "tpe";   ///< docs/sweep.md lists them, and pruners.
  std::string pruner = "none";
  std::string python = "python3";  ///< One that has Optuna.
};

/// What to do with a journal that is there.
enum class Resume {
  no,       ///< Refuse.
  missing,  ///< Run the trials that did not come to an end.
  failed,   ///< Run those that failed.
  both,
};

/// Many trials of one command over few slices.
struct Sweep {
  Space space;
  std::vector<std::string> command;               ///< With places in braces: docs/sweep.md.
  Environment environment;                        ///< What trials start from.
  std::filesystem::path folder = "septet-sweep";  ///< Journal, results and a folder a trial.
  std::string devices = "auto";                   ///< Trials read it in SEPTET_DEVICES.
  Collectives collectives = {};                   ///< Which libnccl.so.2 trials get.
  Request request;                                ///< Its `slices` are the fewest to work with.
  int most_slices = 0;                            ///< Take up to so many while they are free.
  int per_slice = 1;                              ///< Trials at once on one slice.
  bool ensemble = false;                          ///< Trials are ranks of one group: trial - 1.
  Resume resume = Resume::no;
  bool allow_change = false;                     ///< Of command or space on resume.
  int retries = 0;                               ///< More attempts after a failure.
  std::chrono::milliseconds retry_delay{1'000};  ///< Before the first; doubles, up to a minute.
  Halt halt;
  std::optional<std::chrono::milliseconds> timeout;  ///< Of one attempt.
  std::chrono::milliseconds grace{30'000};  ///< After the first Ctrl-C; and from TERM to KILL.
  Ranking ranking;
  std::optional<Search> search;      ///< Goes with `space.searched` and a metric.
  std::optional<int> keep_best;      ///< Remove the folders of other trials that are done.
  std::vector<std::string> combine;  ///< Run on the first slice when all trials are done.
};

/// One of the processes that run at once, for a view.
struct SlotSight {
  int slot = 0;          ///< From 1.
  std::string position;  ///< Of its slice: "0:3".
  int trial = 0;         ///< 0: idle.
  int attempt = 0;
  Parameters parameters;
  std::chrono::system_clock::time_point since;
  std::optional<double> metric;  ///< The latest of the ranking's metric.
};

/// How far a sweep is, for a view.
struct SweepSight {
  int trials = 0;
  int done = 0;  ///< Pruned ones included.
  int failed = 0;
  int running = 0;
  int waiting = 0;  ///< To be run, those that wait for another attempt included.
  std::chrono::milliseconds average{};  ///< Of an attempt in this run; 0 before the first ended.
  std::optional<double> best;
  int best_trial = 0;
  std::vector<SlotSight> slots;
};

/// One attempt that ended, for a view.
struct TrialEnd {
  int trial = 0;
  int attempt = 1;
  Outcome outcome = Outcome::done;
  int status = 0;
  std::string position;
  Parameters parameters;
  std::chrono::milliseconds took{};
  std::optional<double> metric;
  bool again = false;  ///< It will be tried once more.
  std::filesystem::path folder;
};

/// Is told what happens. Calls come one at a time, between events; they must not block.
class SweepWatcher {
 public:
  virtual ~SweepWatcher() = default;
  virtual void ended(const TrialEnd& end, const SweepSight& now);
  virtual void note(const std::string& line);  ///< A slice came, went or was lost; a halt.
  virtual void tick(const SweepSight& now);    ///< About once a second.
  virtual void paused();  ///< All is stopped, by Ctrl-Z, until the next call of another.
};

/// How a sweep ended.
struct SweepReport {
  int trials = 0;
  int done = 0;  ///< Of the whole sweep, earlier runs included; pruned ones too.
  int failed = 0;
  int left = 0;         ///< Not run to an end: `--resume` runs them.
  int stopped_by = 0;   ///< The signal that ended it early, or 0.
  bool halted = false;  ///< By `Sweep::halt`.
  int combined = 0;     ///< Exit status of `Sweep::combine`.
  int status = 0;       ///< What to exit with: failures up to 100, 101 for more, 128+n.
};

/// How the first slices are had: leases what the request asks for, or throws.
using Grant = std::function<Lease(const Request&)>;

/// Runs a sweep to its end and writes results.csv, results.jsonl and report.html.
///
/// `grant` is called once, unless nothing is left to run, with `sweep.request` cut down to what
/// the trials can use; everything else that can be wrong has been found by then. Slices are given
/// back one by one as the queue drains. Blocks. Handles INT, TERM, HUP and QUIT: the first INT, and
/// HUP, start no more trials; INT gives the running ones `grace`; a second INT, TERM and QUIT end
/// them. Each trial is one line in the journal when it starts and when it ends, on disk before the
/// next one starts. Requires: as launch() does; run under guard(). Throws Error `usage` for a
/// journal or command that does not fit, `unavailable` while another sweep has the journal, and
/// what acquire() throws.
[[nodiscard]] SweepReport run_sweep(const Sweep& given, const LeaseFolder& folder, Driver& driver,
                                    const Grant& grant, SweepWatcher& watcher);

/// The commands of all trials, in order, with "{slice}" and such as they stand: for a dry run.
/// Throws as run_sweep does.
void show_trials(const Sweep& sweep,
                 const std::function<void(int trial, const std::vector<std::string>&)>& on_trial);

}  // namespace septet
