// SPDX-License-Identifier: Apache-2.0
#include "base/errno.hpp"
#include "launch/attempt.hpp"
#include "launch/cpu_share.hpp"
#include "launch/free_port.hpp"
#include "launch/output.hpp"
#include "launch/rank_environment.hpp"
#include "launch/signals.hpp"
#include "launch/spawn.hpp"
#include <septet/launch.hpp>
#include <septet/token.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

namespace septet {
namespace {

using Clock = Attempt::Clock;

std::vector<int> signals_to_read() {
  std::vector<int> signals(forwarded_signals.begin(), forwarded_signals.end());
  // SIGPIPE is only to be held back: a reader who left shows as EPIPE.
  signals.insert(signals.end(), {SIGCHLD, SIGTSTP, SIGCONT, SIGPIPE, ParentWatch::signal()});
  return signals;
}

bool has_terminal() {
  return static_cast<bool>(UniqueFd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)));
}

/// The process group that the shell knows: the front's, when there is one.
pid_t job_group() {
  int dies_with_parent = 0;
  ::prctl(PR_GET_PDEATHSIG, &dies_with_parent);
  const bool has_front = dies_with_parent != 0 && ::getpgrp() == ::getpid();
  return has_front ? ::getpgid(::getppid()) : ::getpgrp();
}

/// All that a job's attempts have in common.
class Launcher {
 public:
  Launcher(const Lease& lease, const Host& now, const Job& job)
      : lease_(lease),
        job_(job),
        program_(find_program(job.command.front(), job.environment)),
        ranks_(job.one_process ? 1 : static_cast<int>(lease.slices().size())),
        shares_streams_(ranks_ == 1 && !job.tag && !job.log_folder),
        shares_terminal_(shares_streams_ && has_terminal()),
        group_(job_group()),
        cpus_(share_cpus(lease.slices(), now, CpuTopology::of_this_process())),
        nothing_(check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")),
        inbox_(signals_to_read()),
        output_(job_) {
    if (job.timeout) time_limit_ = Clock::now() + *job.timeout;
  }

  [[nodiscard]] ExitReport run();

 private:
  [[nodiscard]] ExitReport run_once(int restart);
  [[nodiscard]] Start start_of(int rank, const RankGroup& group) const;
  [[nodiscard]] Environment environment_of(int rank, const RankGroup& group) const;
  [[nodiscard]] int input_of(int rank) const;
  [[nodiscard]] bool may_restart(const ExitReport& report, int restart) const;
  void flush();

  const Lease& lease_;
  const Job& job_;
  std::filesystem::path program_;
  int ranks_;
  bool shares_streams_;
  bool shares_terminal_;
  pid_t group_;
  std::vector<CpuShare> cpus_;
  UniqueFd nothing_;
  SignalInbox inbox_;
  ParentWatch parent_;
  Output output_;
  std::optional<Clock::time_point> time_limit_;
};

ExitReport Launcher::run() {
  for (int restart = 0;; ++restart) {
    auto report = run_once(restart);
    report.restarts = restart;
    if (!may_restart(report, restart)) {
      flush();
      return report;
    }
    output_.note("restart " + std::to_string(restart + 1) + " of " +
                 std::to_string(job_.max_restarts));
  }
}

bool Launcher::may_restart(const ExitReport& report, int restart) const {
  return report.first_failure && !report.timed_out && report.stopped_by == 0 &&
         restart < job_.max_restarts;
}

ExitReport Launcher::run_once(int restart) {
  Attempt attempt({.job = job_,
                   .output = output_,
                   .inbox = inbox_,
                   .time_limit = time_limit_,
                   .shares_terminal = shares_terminal_});
  std::optional<FreePort> port(std::in_place);
  const RankGroup group{.size = ranks_,
                        .style = job_.ranks,
                        .run_id = lease_.record().id,
                        .token = text_of(random_token()),
                        .port = port->number(),
                        .restart = restart,
                        .max_restarts = job_.max_restarts};
  std::vector<Start> starts;
  starts.reserve(static_cast<std::size_t>(ranks_));
  for (int rank = 0; rank < ranks_; ++rank) starts.push_back(start_of(rank, group));
  port.reset();  // Rank 0 is to listen there.
  for (int rank = 0; rank < ranks_; ++rank) {
    auto& start = starts[static_cast<std::size_t>(rank)];
    Output::Ends ends;
    if (!shares_streams_) ends = output_.open(rank);
    start.output = ends.out.get();
    start.error = ends.err.get();
    attempt.start(start, slices_of_rank(job_, lease_.record(), rank).front());
  }
  return attempt.finish();
}

Start Launcher::start_of(int rank, const RankGroup& group) const {
  Start start{.program = program_,
              .arguments = job_.command,
              .variables = environment_of(rank, group).strings(),
              .input = input_of(rank),
              .inherited = lease_.descriptors(),
              .group = shares_terminal_ ? std::optional(group_) : std::nullopt,
              .cpus = {},
              .signal_mask = inbox_.mask_before()};
  if (job_.bind_cpus && !job_.one_process) start.cpus = cpus_[static_cast<std::size_t>(rank)].cpus;
  return start;
}

Environment Launcher::environment_of(int rank, const RankGroup& group) const {
  if (job_.one_process) return holder_environment(job_, lease_.record());
  auto environment = rank_environment(job_, lease_.record(), group, rank);
  if (!environment.get("OMP_NUM_THREADS")) {
    const auto cores = cpus_[static_cast<std::size_t>(rank)].cores;
    environment.set("OMP_NUM_THREADS", std::to_string(cores));
  }
  return environment;
}

/// A terminal is read by one process: the only one. A file or pipe is for rank 0.
int Launcher::input_of(int rank) const {
  const bool inherits = rank == 0 && (shares_streams_ || ::isatty(STDIN_FILENO) == 0);
  return inherits ? -1 : nothing_.get();
}

/// Waits until what the ranks wrote has been taken. A signal to end, or nobody left to end for,
/// cuts it short.
void Launcher::flush() {
  bool ended = false;
  while (!output_.is_flushed() && !ended) {
    PollSet polls;
    polls.add(inbox_.descriptor(), POLLIN, [&] {
      while (const auto signal = inbox_.next()) {
        const bool ends = std::ranges::count(forwarded_signals, signal->number) > 0;
        ended = ended || ends || signal->number == ParentWatch::signal();
      }
    });
    output_.add_to(polls);
    polls.wait({});
  }
}

}  // namespace

ExitReport launch(const Lease& lease, const Host& now, const Job& job) {
  if (job.command.empty()) throw Error(ErrorKind::argument, "no command to launch");
  revalidate(lease.slices(), now);
  hear_of_children();
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
  return Launcher(lease, now, job).run();
}

}  // namespace septet
