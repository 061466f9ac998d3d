// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/group.hpp"

#include "communicate/abi/estimate.hpp"
#include "communicate/abi/select_device.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

namespace septet::abi {
namespace {

/// The tasks of one communicator, which run one after the other.
struct Line {
  std::shared_ptr<Comm> comm;
  std::vector<std::function<void()>> works;

  void run() const {
    for (const auto& work : works) work();
  }
};

std::vector<Line> lines_of(std::vector<Task> tasks) {
  std::vector<Line> lines;
  for (auto& task : tasks) {
    const auto is_same = [&](const Line& line) { return line.comm == task.comm; };
    auto line = std::find_if(lines.begin(), lines.end(), is_same);
    if (line == lines.end()) line = lines.insert(lines.end(), {std::move(task.comm), {}});
    line->works.push_back(std::move(task.work));
  }
  return lines;
}

/// Runs them all at once: ranks may list them in different orders. Throws the first error.
void run_lines(std::span<const Line> lines) {
  std::vector<std::exception_ptr> errors(lines.size());
  const auto run = [&](std::size_t i) noexcept {
    try {
      lines[i].run();
    } catch (...) {
      errors[i] = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    others.emplace_back([&, i]() noexcept {
      backend().restore_device(lines[i].comm->device());
      run(i);
    });
  }
  if (!lines.empty()) run(0);
  for (auto& other : others) other.join();
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

void begin_lines(std::vector<Line> lines) {
  for (auto& line : lines) {
    Comm& comm = *line.comm;
    comm.begin([line = std::move(line)] { line.run(); });
  }
}

/// What each communicator does, with the streams that it is given on.
std::vector<Launch> launches_of(std::span<const Call> calls) {
  std::vector<Launch> launches;
  for (const auto& call : calls) {
    if (call.operations.empty()) continue;
    Channel* const channel = &call.comm->channel();
    const auto is_same = [&](const Launch& launch) { return launch.channel == channel; };
    auto launch = std::find_if(launches.begin(), launches.end(), is_same);
    if (launch == launches.end()) launch = launches.insert(launches.end(), {channel, {}, {}});
    launch->operations.insert(launch->operations.end(), call.operations.begin(),
                              call.operations.end());
    auto& streams = launch->streams;
    if (std::find(streams.begin(), streams.end(), call.stream) == streams.end()) {
      streams.push_back(call.stream);
    }
  }
  return launches;
}

void launch(std::span<const Call> calls) {
  const auto launches = launches_of(calls);
  if (launches.empty()) return;
  try {
    backend().launch(launches);
  } catch (...) {
    for (const auto& call : calls) (void)call.comm->async_state();
    throw;
  }
}

/// Whether the communicators of a group are blocking ones, none of them counting as such.
bool is_blocking(std::span<const Task> tasks, std::span<const Call> calls) {
  std::size_t blocking = 0;
  for (const auto& task : tasks) blocking += task.comm->config().blocking ? 1U : 0U;
  for (const auto& call : calls) blocking += call.comm->config().blocking ? 1U : 0U;
  if (blocking == tasks.size() + calls.size()) return true;
  if (blocking == 0) return false;
  throw Error(ErrorKind::argument,
              "blocking and nonblocking communicators in one group: use groups of one kind");
}

}  // namespace

Group& Group::of_this_thread() {
  static thread_local Group group;
  return group;
}

void Group::poison(std::exception_ptr thrown) noexcept {
  if (!asked_.error) asked_.error = std::move(thrown);
}

Group::Asked Group::take() {
  if (depth_ == 0) {
    throw Error(ErrorKind::usage, "ncclGroupEnd: no ncclGroupStart came before on this thread");
  }
  --depth_;
  return depth_ > 0 ? Asked{} : std::exchange(asked_, {});
}

void Group::Asked::undo() const {
  for (const auto& task : tasks) task.undo();
}

bool Group::Asked::settle() const {
  try {
    if (error) std::rethrow_exception(error);
    return is_blocking(tasks, calls);
  } catch (...) {
    undo();
    throw;
  }
}

ncclResult_t Group::close() { return perform(take()); }

ncclResult_t Group::end() {
  const bool failed = depth_ == 1 && asked_.error != nullptr;
  try {
    return close();
  } catch (const Error& error) {
    if (!failed) throw;
    throw Error(error.kind(),
                "ncclGroupEnd: nothing of this group was done, and its peers may wait, because a "
                "call in it failed: " +
                    std::string(error.what()),
                error.where());
  }
}

float Group::close_with_estimate() {
  const auto asked = take();
  asked.undo();
  if (asked.error) std::rethrow_exception(asked.error);
  return estimate_us(asked.calls);
}

ncclResult_t Group::perform(Asked asked) {
  const bool blocking = asked.settle();
  auto lines = lines_of(std::move(asked.tasks));
  if (blocking) run_lines(lines);
  launch(asked.calls);
  if (blocking || lines.empty()) return ncclSuccess;
  begin_lines(std::move(lines));
  return ncclInProgress;
}

}  // namespace septet::abi
