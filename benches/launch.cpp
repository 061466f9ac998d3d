// SPDX-License-Identifier: Apache-2.0
// What launching seven ranks costs over starting seven processes. Both start `true` and wait for
// all: the difference is Septet's own part.
#include "launch/cpu_topology.hpp"
#include <septet/driver.hpp>
#include <septet/environment.hpp>
#include <septet/launch.hpp>
#include <septet/lease.hpp>

#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace {

constexpr int ranks = 7;
constexpr const char* host = "sim:a100-80gb:7x1g.10gb";

/// Seven slices, leased in a folder of this process's own.
class Held {
 public:
  Held() {
    septet::Request request;
    request.slices = ranks;
    const septet::Patience at_once{.limit = std::chrono::milliseconds(0), .on_wait = {}};
    lease_ = acquire(septet::LeaseFolder(folder_), *driver_, request, "bench", at_once);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    lease_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] const septet::Lease& lease() const { return *lease_; }
  [[nodiscard]] septet::Host survey() const { return driver_->survey(); }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("launch_bench." + std::to_string(::getpid()));
  std::unique_ptr<septet::Driver> driver_ = septet::open_driver(host, {});
  std::optional<septet::Lease> lease_;
};

septet::Job job_of(bool tag, bool bind_cpus) {
  septet::Job job;
  job.command = {"/bin/true"};
  job.environment = septet::Environment::current();
  job.quiet = true;
  job.tag = tag;
  job.bind_cpus = bind_cpus;
  return job;
}

void spawn_seven(benchmark::State& state) {
  std::array<char*, 2> words{const_cast<char*>("/bin/true"), nullptr};
  for (auto step : state) {
    for (int rank = 0; rank < ranks; ++rank) {
      pid_t pid = 0;
      if (::posix_spawn(&pid, words[0], nullptr, nullptr, words.data(), environ) != 0) {
        state.SkipWithError("posix_spawn failed");
      }
    }
    for (int rank = 0; rank < ranks; ++rank) ::wait(nullptr);
  }
}
BENCHMARK(spawn_seven)->Unit(benchmark::kMillisecond)->UseRealTime();

void launch_seven(benchmark::State& state) {
  const Held held;
  const auto job = job_of(false, true);
  const auto now = held.survey();
  for (auto step : state) {
    if (launch(held.lease(), now, job).status != 0) state.SkipWithError("a rank failed");
  }
}
BENCHMARK(launch_seven)->Unit(benchmark::kMillisecond)->UseRealTime();

/// The part of launch that grows with the machine.
void read_cpu_topology(benchmark::State& state) {
  for (auto step : state) {
    benchmark::DoNotOptimize(septet::CpuTopology::of_this_process().cpus());
  }
}
BENCHMARK(read_cpu_topology)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
