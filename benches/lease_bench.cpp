// SPDX-License-Identifier: Apache-2.0
// Grant and release of a lease: alone, and among 32 processes that want slices all the time. The
// host is fixed, so that only leasing is measured and no driver.
#include "lease/testing_world.hpp"
#include <septet/lease.hpp>
#include <septet/unique_fd.hpp>

#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace septet {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int contenders = 32;
constexpr int turns_each = 50;

/// Seconds from asking to the end of letting go.
double grant_and_release(const LeaseFolder& folder, Driver& driver, int slices) {
  const auto start = Clock::now();
  std::optional<Lease> lease = acquire(folder, driver, any(slices), "bench", {});
  lease.reset();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void tell_percentiles(benchmark::State& state, std::span<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](std::size_t percent) {
    return 1e6 * seconds[(seconds.size() - 1) * percent / 100];
  };
  state.counters["p50_us"] = at(50);
  state.counters["p99_us"] = at(99);
  state.counters["max_us"] = at(100);
}

void alone(benchmark::State& state) {
  const TestFolder place;
  const LeaseFolder folder(place.path() / "state");
  FixedDriver driver(mig_host(7));
  std::vector<double> seconds;
  for (auto _ : state) {
    seconds.push_back(grant_and_release(folder, driver, static_cast<int>(state.range(0))));
  }
  tell_percentiles(state, seconds);
}
BENCHMARK(alone)->ArgName("slices")->Arg(1)->Arg(4)->Unit(benchmark::kMicrosecond);

/// Seconds of each turn of each contender, in memory that they share.
class SharedTimes {
 public:
  SharedTimes()
      : times_(static_cast<double*>(
            ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  SharedTimes(const SharedTimes&) = delete;
  SharedTimes& operator=(const SharedTimes&) = delete;
  ~SharedTimes() { ::munmap(times_, bytes); }

  [[nodiscard]] std::span<double> all() const { return {times_, contenders * turns_each}; }
  [[nodiscard]] std::span<double> of(int contender) const {
    return all().subspan(static_cast<std::size_t>(contender) * turns_each, turns_each);
  }

 private:
  static constexpr std::size_t bytes = sizeof(double) * contenders * turns_each;
  double* times_;
};

/// Runs in a child: one to four slices, again and again.
void contend(const LeaseFolder& folder, int contender, std::span<double> times) {
  FixedDriver driver(mig_host(7));
  for (auto& time : times) time = grant_and_release(folder, driver, 1 + contender % 4);
}

/// Holds children back until all have been started: alone, the first would be done before the last.
class Gate {
 public:
  Gate() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
  }

  void open() { writer_.reset(); }

  /// Called by a child.
  void pass() {
    open();
    char nothing = 0;
    while (::read(reader_.get(), &nothing, 1) > 0) continue;
  }

 private:
  UniqueFd reader_;
  UniqueFd writer_;
};

void among_32(benchmark::State& state) {
  const TestFolder place;
  const LeaseFolder folder(place.path() / "state");
  const SharedTimes times;
  for (auto _ : state) {
    Gate gate;
    for (int i = 0; i < contenders; ++i) {
      if (::fork() != 0) continue;
      gate.pass();
      contend(folder, i, times.of(i));
      ::_exit(0);
    }
    gate.open();
    while (::wait(nullptr) > 0) continue;
  }
  tell_percentiles(state, times.all());
}
BENCHMARK(among_32)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace septet
