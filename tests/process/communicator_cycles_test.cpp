// SPDX-License-Identifier: Apache-2.0
// Communicators made and let go of, one after another, leave nothing. SEPTET_CYCLES says how many.
#include "process/children.hpp"
#include <septet/communicator.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace septet {
namespace {

struct Belongings {
  std::ptrdiff_t descriptors;
  std::ptrdiff_t threads;
  std::ptrdiff_t mappings;

  bool operator==(const Belongings&) const = default;
};

std::ptrdiff_t count_in(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator(folder),
                       std::filesystem::directory_iterator());
}

std::ptrdiff_t lines_of(const std::string& file) {
  std::ifstream text(file);
  return std::count(std::istreambuf_iterator<char>(text), {}, '\n');
}

Belongings belongings() {
  return {count_in("/proc/self/fd"), count_in("/proc/self/task"), lines_of("/proc/self/maps")};
}

/// Memory of this process that is in use: the second number of statm, proc(5).
std::int64_t resident_kib() {
  std::int64_t all = 0;
  std::int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / 1024;
}

/// Makes communicators number `from` to `to`, uses each once, and lets go of it.
bool live(const Token& token, int rank, int ranks, int from, int to) {
  for (int i = from; i < to; ++i) {
    Communicator all({.token = derived_token(token, "cycle", static_cast<std::uint64_t>(i)),
                      .rank = rank,
                      .ranks = ranks,
                      .slice = "MIG-0"});
    std::int32_t sum = 1;
    all.all_reduce(&sum, &sum, 1, DataType::int32);
    if (sum != ranks) return false;
  }
  return true;
}

int cycles() {
  const char* text = std::getenv("SEPTET_CYCLES");
  return text == nullptr ? 1000 : std::atoi(text);
}

/// Runs `warm_up` cycles and then many; what this process has must not have grown meanwhile.
template <typename Run>
void expect_no_growth(const Run& run) {
  const int warm_up = 100;
  ASSERT_TRUE(run(0, warm_up));
  const auto before = belongings();
  const auto resident = resident_kib();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(run(warm_up, warm_up + cycles()));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(belongings() == before);
  // Less than one small allocation a cycle.
  EXPECT_LT(resident_kib() - resident, 256 + cycles() / 64);
  std::cout << cycles() << " cycles, " << took.count() / cycles() << " ms each, "
            << resident_kib() - resident << " KiB more\n";
}

class CommunicatorCycles : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::setenv("SEPTET_SEGMENT_MIB", "1", 1), 0); }
};

TEST_F(CommunicatorCycles, LeaveNothingInAProcess) {
  const Token token = random_token();
  Child other([&] { return live(token, 1, 2, 0, 100 + cycles()) ? 0 : 1; });
  expect_no_growth([&](int from, int to) { return live(token, 0, 2, from, to); });
  EXPECT_EQ(other.wait(std::chrono::minutes(1)), End{});
}

TEST_F(CommunicatorCycles, LeaveNothingOfRanksThatAreThreads) {
  const Token token = random_token();
  expect_no_growth([&](int from, int to) {
    std::vector<std::jthread> others;
    for (int rank = 1; rank < 3; ++rank) {
      others.emplace_back([&, rank] { live(token, rank, 3, from, to); });
    }
    return live(token, 0, 3, from, to);
  });
}

}  // namespace
}  // namespace septet
