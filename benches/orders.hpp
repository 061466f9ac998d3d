// SPDX-License-Identifier: Apache-2.0
// How scripts/bench-host tells the ranks of a group what to measure, so that groups take turns:
// each rank reads its orders from a pipe of its own, and sleeps in the kernel meanwhile.
#pragma once

#include "collective_cases.hpp"

#include <sched.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace septet::bench {

/// Goes to the core of number `rank` in SEPTET_BENCH_CORES ("0,2,4"), if there is one.
inline void take_core(int rank) {
  const char* cores = std::getenv("SEPTET_BENCH_CORES");
  std::istringstream list(cores == nullptr ? "" : cores);
  std::string core;
  for (int i = 0; i <= rank; ++i) {
    if (!std::getline(list, core, ',')) return;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(std::atoi(core.c_str())), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

/// Does what the lines of FOLDER/orders.RANK say, "OPERATION BYTES CALLS", until their end. The
/// last rank answers each in FOLDER/answers with the median and the least time in microseconds.
inline void serve(Group& group, const std::string& folder) {
  std::ifstream orders(folder + "/orders." + std::to_string(group.rank()));
  std::ofstream answers;
  if (group.rank() == group.size() - 1) answers.open(folder + "/answers");
  Cases cases(group);
  std::string name;
  std::size_t bytes = 0;
  int calls = 0;
  while (orders >> name >> bytes >> calls) {
    const auto times = cases.times_of(name, bytes, calls);
    if (answers.is_open()) answers << times[times.size() / 2] << ' ' << times.front() << std::endl;
  }
}

}  // namespace septet::bench
