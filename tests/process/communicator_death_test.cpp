// SPDX-License-Identifier: Apache-2.0
// A rank ends in the middle of a thousand random calls, again and again, in each way there is. The
// others are told whose fault it was, and soon; they go on without it, and leave nothing behind.
#include "process/children.hpp"
#include <septet/communicator.hpp>
#include <septet/error.hpp>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace septet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int ranks = 4;
constexpr int calls = 1000;
constexpr milliseconds operation_limit(500);

/// How a survivor ends.
enum Verdict { fine = 0, no_error = 3, another_error, late, wrong_sum, left_behind };

enum class Death { killed, exited, stopped };

/// What the ranks and this test tell each other through shared memory.
struct Board {
  std::atomic<int> done{0};  ///< Calls that the victim has made,
  std::atomic<std::int64_t> died_at_us{0};
  std::array<std::atomic<std::int64_t>, ranks> told_after_us{};
};

std::int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::ptrdiff_t count_in(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator(folder),
                       std::filesystem::directory_iterator());
}

/// Descriptors and threads of this process.
std::ptrdiff_t belongings() { return count_in("/proc/self/fd") + count_in("/proc/self/task"); }

std::ptrdiff_t shared_files() {
  std::error_code none_there;
  const std::filesystem::directory_iterator folder("/dev/shm", none_there);
  return std::ranges::count_if(folder, [](const auto& each) {
    return each.path().filename().string().starts_with("septet");
  });
}

/// One call that all ranks make alike, of a few bytes up to several rounds of the ring.
void call(Communicator& all, std::mt19937& random, std::vector<std::int32_t>& values) {
  const std::size_t count = random() % 10 == 0 ? random() % 200'000 : random() % 2000;
  const int root = static_cast<int>(random() % ranks);
  switch (random() % 5) {
    case 0:
      return all.barrier();
    case 1:
      return all.broadcast(values.data(), values.data(), count, DataType::int32, root);
    case 2:
      return all.reduce(values.data(), values.data(), count, DataType::int32, Reduction::sum, root);
    case 3:
      return all.all_to_all(values.data(), values.data() + 200'000, count / ranks, DataType::int32);
    default:
      return all.all_reduce(values.data(), values.data(), count, DataType::int32);
  }
}

class Storm {
 public:
  Storm(unsigned seed, Death death)
      : seed_(seed),
        death_(death),
        victim_(static_cast<int>(seed % ranks)),
        last_call_(static_cast<int>(std::mt19937(seed)() % calls)) {}

  /// The microseconds after which each survivor was told.
  std::vector<std::int64_t> run() {
    std::vector<Child> children;
    for (int rank = 0; rank < ranks; ++rank) {
      children.emplace_back([this, rank] { return live(rank); });
    }
    if (death_ != Death::exited) strike(children[static_cast<std::size_t>(victim_)]);
    std::vector<std::int64_t> times;
    for (int rank = 0; rank < ranks; ++rank) {
      if (rank == victim_) continue;
      EXPECT_EQ(children[static_cast<std::size_t>(rank)].wait(seconds(60)), End{})
          << "rank " << rank << ", seed " << seed_;
      times.push_back(board_->told_after_us.at(static_cast<std::size_t>(rank)));
    }
    return times;
  }

 private:
  /// From outside, at any point of a call.
  void strike(const Child& victim) {
    while (board_->done < last_call_) ::poll(nullptr, 0, 0);
    board_->died_at_us = now_us();
    ::kill(victim.pid(), death_ == Death::killed ? SIGKILL : SIGSTOP);
  }

  [[nodiscard]] int live(int rank) {
    std::thread([] {}).join();  // With the first one thread sanitizer starts one of its own.
    const auto before = belongings();
    const Verdict verdict = suffer(rank);
    if (verdict != fine) return verdict;
    return belongings() == before ? fine : left_behind;
  }

  [[nodiscard]] Verdict suffer(int rank) {
    Communicator all({.token = token_,
                      .rank = rank,
                      .ranks = ranks,
                      .slice = "MIG-" + std::to_string(rank),
                      .operation_limit = death_ == Death::stopped ? operation_limit : seconds(0)});
    try {
      make_calls(all);
    } catch (const Error& error) {
      const auto after = now_us() - board_->died_at_us;
      board_->told_after_us.at(static_cast<std::size_t>(rank)) = after;
      if (after > 5'000'000) return late;
      return is_told(error) ? go_on(all) : another_error;
    }
    return no_error;
  }

  void make_calls(Communicator& all) {
    std::mt19937 random(seed_);
    std::vector<std::int32_t> values(400'000);
    for (int i = 0; i < 2 * calls; ++i) {
      if (all.rank() == victim_) count(i);
      call(all, random, values);
    }
  }

  void count(int done) {
    board_->done = done;
    if (death_ != Death::exited || done < last_call_) return;
    board_->died_at_us = now_us();
    ::_exit(0);
  }

  [[nodiscard]] bool is_told(const Error& error) const {
    const std::string text = error.what();
    if (error.kind() != ErrorKind::peer) return false;
    const std::string name = "rank " + std::to_string(victim_) + " (pid ";
    if (death_ == Death::stopped) return text.starts_with("time limit") && shows_still(text, name);
    return text.starts_with(name) && text.find(" died: ") != std::string::npos;
  }

  /// Its line in the table: stopped in the middle of a call, or between two.
  [[nodiscard]] static bool shows_still(const std::string& text, const std::string& name) {
    const auto begin = text.find("\n  " + name);
    if (begin == std::string::npos) return false;
    const auto line = text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
    return line.find(", stands still since ") != std::string::npos || line.ends_with(" ago");
  }

  /// The survivors are one communicator, in which sums come out right.
  [[nodiscard]] Verdict go_on(Communicator& all) const {
    auto rest = all.shrink(std::array{victim_});
    std::int32_t sum = all.rank();
    rest.all_reduce(&sum, &sum, 1, DataType::int32);
    return sum == ranks * (ranks - 1) / 2 - victim_ ? fine : wrong_sum;
  }

  unsigned seed_;
  Death death_;
  int victim_;
  int last_call_;
  Token token_ = random_token();
  Shared<Board> board_;
};

void storm(Death death, unsigned times) {
  const auto before = shared_files();
  std::vector<std::int64_t> told;
  for (unsigned seed = 0; seed < times && !testing::Test::HasFailure(); ++seed) {
    for (const auto each : Storm(seed, death).run()) told.push_back(each);
  }
  EXPECT_EQ(shared_files(), before);
  std::ranges::sort(told);
  std::cout << told.size() << " survivors told after " << told[told.size() / 2] << " us (median), "
            << told.back() << " us at most\n";
}

TEST(CommunicatorDeath, AKilledRankIsNamedToTheOthersAndTheyGoOn) { storm(Death::killed, 30); }

TEST(CommunicatorDeath, ARankThatExitsWithoutLeavingIsNamedAndTheOthersGoOn) {
  storm(Death::exited, 12);
}

TEST(CommunicatorDeath, AStoppedRankIsToldByTheTimeLimitAndTheOthersGoOn) {
  storm(Death::stopped, 6);
}

}  // namespace
}  // namespace septet
