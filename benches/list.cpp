// SPDX-License-Identifier: Apache-2.0
// What `septet list` costs apart from starting a program: 8 GPUs of 7 slices each.
#include "cli/holders.hpp"
#include "cli/list_table.hpp"
#include "discover/nvml_driver.hpp"
#include "discover/simulated_driver.hpp"
#include "discover/smi_text.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace {

constexpr const char* host = "8*h100-80gb:7x1g.10gb";

/// Every call of a survey, answered by the stand-in library; the driver's own part is not in it.
void survey_nvml(benchmark::State& state) {
  ::setenv("SEPTET_SIMULATE", host, 1);
  ::setenv("SEPTET_SIMULATE_UID", "1000", 1);
  const auto driver = septet::open_nvml({.library = SEPTET_STANDIN, .sysfs = "/sys"});
  for (auto step : state) benchmark::DoNotOptimize(driver->survey());
}
BENCHMARK(survey_nvml)->Unit(benchmark::kMicrosecond);

void print_table(benchmark::State& state) {
  const auto seen = septet::open_simulated(host)->survey();
  const septet::cli::Look terminal{.colour = true, .width = 80};
  for (auto step : state) {
    benchmark::DoNotOptimize(septet::cli::list_table(seen, {}, terminal, false));
  }
}
BENCHMARK(print_table)->Unit(benchmark::kMicrosecond);

void read_smi_text(benchmark::State& state) {
  const auto text = septet::format_smi_text(septet::open_simulated(host)->survey());
  for (auto step : state) benchmark::DoNotOptimize(septet::parse_smi_text(text, "smi:bench"));
}
BENCHMARK(read_smi_text)->Unit(benchmark::kMicrosecond);

}  // namespace
