// SPDX-License-Identifier: Apache-2.0
#include "launch/mps_daemon.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "launch/eventually.hpp"
#include "launch/mps_keeper.hpp"
#include "lease/lock_file.hpp"
#include <septet/error.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <utility>

namespace septet {
namespace {

using testing::HasSubstr;

constexpr std::chrono::seconds soon{30};

bool is_alive(pid_t pid) {
  const auto stat = try_read_file("/proc/" + std::to_string(pid) + "/stat");
  return stat && stat->substr(stat->rfind(')') + 2, 1) != "Z";
}

/// A child that runs `body` and stays until it is killed; it has begun when this returns.
class Holder {
 public:
  explicit Holder(const std::function<void()>& body) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      body();
      ::close(ends[1]);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char byte = 0;
    static_cast<void>(::read(ends[0], &byte, 1));
    ::close(ends[0]);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { kill(); }

  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

class MpsDaemonTest : public testing::Test {
 protected:
  void TearDown() override {
    // Uses ended with the test, so that all keepers end; only a killed one leaves its daemon.
    EXPECT_TRUE(eventually(soon, [this] { return keepers().empty(); }));
    if (const auto pid = daemon()) ::kill(pid, SIGKILL);
    std::filesystem::remove_all(folder_);
  }

  UniqueFd use() { return use_mps_daemon(place_, environment_, SEPTET_PROGRAM); }

  pid_t daemon() const {
    const auto text = try_read_file(place_.pipe() / "nvidia-cuda-mps-control.pid");
    return text ? parse_number<pid_t>(trim(*text)).value_or(0) : 0;
  }

  std::set<pid_t> keepers() const {
    std::set<pid_t> result;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const auto pid = parse_number<pid_t>(entry.path().filename().native());
      if (!pid || !is_mps_keeper(*pid)) continue;
      const auto words = try_read_file(entry.path() / "cmdline").value_or("");
      if (words.find(place_.folder.native()) != std::string::npos) result.insert(*pid);
    }
    return result;
  }

  std::ptrdiff_t starts() const {
    const auto log = try_read_file(place_.log() / "control.log").value_or("");
    return std::ranges::count_if(split(log, '\n'),
                                 [](std::string_view line) { return line.starts_with("started"); });
  }

  bool ends(pid_t pid) const {
    return eventually(soon, [&] { return !is_alive(pid) && keepers().empty(); });
  }

  std::string error_of_use() {
    try {
      static_cast<void>(use());
      return "no error";
    } catch (const Error& error) {
      return error.what();
    }
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("mps." + std::to_string(::getpid()));
  const MpsPlace place_ = [this] {
    std::filesystem::create_directories(folder_ / "mps");
    return mps_place(folder_, "GPU-1");
  }();
  Environment environment_ = [] {
    auto environment = Environment::current();
    environment.set("PATH", SEPTET_FAKE_MPS ":" + environment.get_or("PATH", "/usr/bin"));
    environment.set("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "25");
    return environment;
  }();
};

TEST_F(MpsDaemonTest, FirstUserStartsOneForItsGpuWithoutLimits) {
  const auto use_of_it = use();
  EXPECT_TRUE(is_alive(daemon()));
  EXPECT_GE(use_of_it.get(), 100);
  EXPECT_EQ(read_file(place_.log() / "control.log"),
            "started " + std::to_string(daemon()) + " for GPU-1\n");
}

TEST_F(MpsDaemonTest, LastUserEndsIt) {
  auto first = use();
  const auto pid = daemon();
  auto second = use();
  first.reset();
  EXPECT_EQ(use().get() >= 100, true);
  EXPECT_EQ(daemon(), pid);
  EXPECT_TRUE(is_alive(pid));
  second.reset();
  EXPECT_TRUE(ends(pid));
}

TEST_F(MpsDaemonTest, KilledUserEndsIt) {
  Holder holder([this] { static_cast<void>(use().release()); });
  const auto pid = daemon();
  ASSERT_TRUE(is_alive(pid));
  holder.kill();
  EXPECT_TRUE(ends(pid));
}

TEST_F(MpsDaemonTest, ChildOfAKilledUserKeepsIt) {
  auto use_of_it = use();
  const auto pid = daemon();
  Holder child([] {});
  use_of_it.reset();
  use_of_it = use();
  EXPECT_EQ(daemon(), pid);
  use_of_it.reset();
  child.kill();
  EXPECT_TRUE(ends(pid));
}

TEST_F(MpsDaemonTest, UserWhoComesWhileItEndsGetsOneThatRuns) {
  for (int round = 0; round < 5; ++round) {
    const auto use_of_it = use();
    EXPECT_TRUE(is_alive(daemon())) << round;
    EXPECT_EQ(keepers().size(), 1u) << round;
  }
}

TEST_F(MpsDaemonTest, ManyFirstUsersStartOneOnly) {
  std::vector<pid_t> users;
  std::array<int, 2> go{};
  ASSERT_EQ(::pipe(go.data()), 0);
  for (int user = 0; user < 8; ++user) {
    users.push_back(::fork());
    if (users.back() != 0) continue;
    ::close(go[1]);
    const auto use_of_it = use();
    char byte = 0;
    static_cast<void>(::read(go[0], &byte, 1));
    ::_exit(is_alive(daemon()) && starts() == 1 ? 0 : 1);
  }
  const auto ours = use();
  ::close(go[1]);
  for (const auto user : users) {
    int status = 0;
    ASSERT_EQ(::waitpid(user, &status, 0), user);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(starts(), 1);
  ::close(go[0]);
}

TEST_F(MpsDaemonTest, OneWhoseKeeperWasKilledIsTakenOver) {
  auto first = use();
  const auto pid = daemon();
  for (const auto keeper : keepers()) ::kill(keeper, SIGKILL);
  // Not until it is gone or a zombie: its second thread keeps the locks for a moment longer.
  ASSERT_TRUE(eventually(
      soon, [&] { return try_lock(open_lock_file(place_.ready_lock()).get(), Hold::shared); }));
  auto second = use();
  EXPECT_EQ(daemon(), pid);
  EXPECT_EQ(starts(), 1);
  first.reset();
  second.reset();
  EXPECT_TRUE(ends(pid));
}

TEST_F(MpsDaemonTest, OneThatDiedInUseIsReplaced) {
  const auto first = use();
  const auto pid = daemon();
  ::kill(pid, SIGKILL);
  ASSERT_TRUE(ends(pid));
  const auto second = use();
  EXPECT_NE(daemon(), pid);
  EXPECT_TRUE(is_alive(daemon()));
}

TEST_F(MpsDaemonTest, OneThatWillNotQuitIsKilledWithItsServer) {
  environment_.set("FAKE_MPS", "deaf");
  auto use_of_it = use();
  const auto pid = daemon();
  const auto children =
      read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  const auto server = parse_number<pid_t>(trim(children));
  ASSERT_TRUE(server && is_alive(*server));
  use_of_it.reset();
  EXPECT_TRUE(ends(pid));
  EXPECT_FALSE(is_alive(*server));
}

TEST_F(MpsDaemonTest, KeeperHoldsNothingOfItsStarter) {
  std::array<int, 2> ends_of_pipe{};
  ASSERT_EQ(::pipe(ends_of_pipe.data()), 0);
  const auto use_of_it = use();
  ::close(ends_of_pipe[1]);
  pollfd entry{.fd = ends_of_pipe[0], .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&entry, 1, 10'000), 1);
  EXPECT_TRUE(entry.revents & POLLHUP);
  ::close(ends_of_pipe[0]);
}

TEST_F(MpsDaemonTest, BrokenOneIsAnErrorThatNamesTheLog) {
  environment_.set("FAKE_MPS", "broken");
  EXPECT_THAT(error_of_use(), HasSubstr(place_.log().string()));
}

TEST_F(MpsDaemonTest, MissingControlProgramIsAnErrorWithTheRemedy) {
  environment_.set("PATH", "/nowhere");
  EXPECT_THAT(error_of_use(), HasSubstr("comes with NVIDIA's driver"));
}

TEST_F(MpsDaemonTest, OnlyStandInsNeedOne) {
  Slice slice;
  slice.kind = SliceKind::mig;
  EXPECT_TRUE(use_mps_daemons({slice}, folder_, environment_).empty());
}

}  // namespace
}  // namespace septet
