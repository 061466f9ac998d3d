// SPDX-License-Identifier: Apache-2.0
// What a sweep costs beside its trials: 1,000 times `true`, seven at once, and the same by GNU
// parallel with a job log in the same run; and the memory that 100,000 waiting trials take.
#include <septet/environment.hpp>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// A folder of this bench's own, made anew.
std::filesystem::path fresh_folder() {
  const auto folder =
      std::filesystem::temp_directory_path() / ("sweep_bench." + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Runs `words` with its streams put away and returns the most memory that its tree took, in KiB.
long run(std::vector<std::string> words, int wanted_status) {
  auto environment = septet::Environment::current();
  environment.set("SEPTET_DEVICES", "sim:a100-40gb:7x1g.5gb");
  auto variables = environment.strings();
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  pid_t pid = 0;
  const auto failed = ::posix_spawnp(&pid, words.front().c_str(), &actions, nullptr,
                                     pointers_to(words).data(), pointers_to(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + words.front());
  int status = 0;
  rusage used{};
  ::wait4(pid, &status, 0, &used);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted_status) {
    throw std::runtime_error(words.front() + " failed");
  }
  return used.ru_maxrss;
}

std::string program() { return septet::Environment::current().get_or("SEPTET_PROGRAM", "septet"); }

void thousand_trials(benchmark::State& state) {
  for (auto step : state) {
    const auto folder = fresh_folder();
    run({program(), "sweep", "-q", "-n", "7", "--folder", folder / "sweep", "--random",
         "x=uniform(0,1)", "--trials", "1000", "--", "true", "{x}"},
        0);
    std::filesystem::remove_all(folder);
  }
}
BENCHMARK(thousand_trials)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

/// moreutils has another program of that name.
bool has_gnu_parallel() {
  try {
    run({"sh", "-c", "parallel --version | grep -q '^GNU parallel'"}, 0);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void thousand_jobs_of_gnu_parallel(benchmark::State& state) {
  std::vector<std::string> words{"parallel", "-j7", "--joblog", "", "true", ":::"};
  for (int i = 0; i < 1000; ++i) words.push_back(std::to_string(i));
  if (!has_gnu_parallel()) {
    state.SkipWithError("no GNU parallel here: the package parallel has it");
    return;
  }
  for (auto step : state) {
    const auto folder = fresh_folder();
    words[3] = folder / "log";
    run(words, 0);
    std::filesystem::remove_all(folder);
  }
}
BENCHMARK(thousand_jobs_of_gnu_parallel)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(3);

/// The first failure halts the sweep, so that all but seven trials stay in the queue.
void memory_of_a_hundred_thousand_waiting(benchmark::State& state) {
  long kibibytes = 0;
  for (auto step : state) {
    const auto folder = fresh_folder();
    kibibytes = run(
        {program(), "sweep", "-q", "-n", "1", "--halt", "now,fail=1", "--folder", folder / "sweep",
         "--random", "x=uniform(0,1)", "--trials", "100000", "--", "false", "{x}"},
        1);
    std::filesystem::remove_all(folder);
  }
  state.counters["MiB"] = static_cast<double>(kibibytes) / 1024;
}
BENCHMARK(memory_of_a_hundred_thousand_waiting)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(1);

}  // namespace
