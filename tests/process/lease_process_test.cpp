// SPDX-License-Identifier: Apache-2.0
// What holds when holders and waiters are killed, and in which order requests are served.
#include "lease/acquire.hpp"
#include "lease/testing_world.hpp"
#include "process/children.hpp"
#include <septet/environment.hpp>
#include <septet/lease.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

namespace septet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Longer than anything takes on a loaded machine; reached only when something is broken.
constexpr seconds patience(30);

/// A pipe on which processes tell each other that something happened, one byte each.
class Bell {
 public:
  Bell() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    out_ = UniqueFd(ends[0]);
    in_ = UniqueFd(ends[1]);
  }

  void ring(char what) const { EXPECT_EQ(::write(in_.get(), &what, 1), 1); }

  /// Blocks until it rings; '\0' when nobody is left to ring it.
  [[nodiscard]] char wait() const {
    char what = '\0';
    return ::read(out_.get(), &what, 1) == 1 ? what : '\0';
  }

  /// Another program, which knows nothing of leases and ends when the last Bell can ring no more.
  void become_cat() {
    ::dup2(out_.get(), STDIN_FILENO);
    ::execl("/bin/cat", "cat", nullptr);
    ::_exit(1);
  }

 private:
  UniqueFd out_;
  UniqueFd in_;
};

class LeaseProcess : public testing::Test {
 protected:
  std::optional<Lease> take(int slices, std::optional<milliseconds> limit = milliseconds(0),
                            const StepHook& at = {}) const {
    FixedDriver driver(host_);
    return acquire_in_steps(LeaseFolder(state_), driver, any(slices), "test",
                            {.limit = limit, .on_wait = {}}, at);
  }

  /// A child that leases, rings, and holds until it is killed.
  [[nodiscard]] Child holder(int slices, const Bell& granted) const {
    return Child([this, slices, &granted] {
      const auto lease = take(slices);
      granted.ring(lease ? 'y' : 'n');
      return ::pause();
    });
  }

  /// A child that waits, rings `queued` when it stands in the queue and `served` when granted.
  [[nodiscard]] Child waiter(int slices, char name, const Bell& queued, const Bell& served) const {
    return Child([this, slices, name, &queued, &served] {
      bool told = false;
      const auto at = [&](AcquireStep step) {
        if (step == AcquireStep::queued && !std::exchange(told, true)) queued.ring(name);
        if (step == AcquireStep::recorded) served.ring(name);
      };
      return take(slices, patience, at) ? 0 : 1;
    });
  }

  [[nodiscard]] bool is_empty(const char* part) const {
    return std::filesystem::is_empty(state_ / part);
  }

  const TestFolder place_;
  const std::filesystem::path state_ = place_.path() / "state";
  const Host host_ = mig_host(7);
};

TEST_F(LeaseProcess, KilledHolderLeavesItsSlicesFree) {
  const Bell granted;
  auto child = holder(7, granted);
  ASSERT_EQ(granted.wait(), 'y');
  EXPECT_FALSE(take(1));
  child.kill();
  EXPECT_EQ(child.wait(patience).signal, SIGKILL);
  EXPECT_THAT(LeaseFolder(state_).leases(), IsEmpty());
  EXPECT_TRUE(take(7));
}

TEST_F(LeaseProcess, WaiterIsServedWhenTheHolderIsKilled) {
  const Bell granted, queued, served;
  auto child = holder(7, granted);
  ASSERT_EQ(granted.wait(), 'y');
  auto next = waiter(7, 'a', queued, served);
  ASSERT_EQ(queued.wait(), 'a');
  child.kill();
  EXPECT_EQ(served.wait(), 'a');
  EXPECT_EQ(next.wait(patience), End{});
}

TEST_F(LeaseProcess, FourSlicesAreServedInTurnAndNotStarvedByOnes) {
  const Bell granted, queued, served;
  auto first = holder(4, granted);
  auto second = holder(3, granted);
  ASSERT_EQ(granted.wait(), 'y');
  ASSERT_EQ(granted.wait(), 'y');
  std::vector<Child> waiters;
  const std::string names = "4abc4d";
  for (const char name : names) {
    waiters.push_back(waiter(name == '4' ? 4 : 1, name, queued, served));
    ASSERT_EQ(queued.wait(), name);
  }
  second.kill();  // Three are free: enough for every "a", not for the first "4".
  second.wait(patience);
  EXPECT_FALSE(take(1)) << "a newcomer overtook";
  first.kill();
  std::string order;
  for (std::size_t i = 0; i < names.size(); ++i) order += served.wait();
  EXPECT_EQ(order, names);
  for (auto& child : waiters) EXPECT_EQ(child.wait(patience), End{});
}

TEST_F(LeaseProcess, KilledWaiterLeavesTheQueue) {
  const Bell granted, queued, served;
  auto child = holder(4, granted);
  ASSERT_EQ(granted.wait(), 'y');
  auto large = waiter(4, '4', queued, served);
  ASSERT_EQ(queued.wait(), '4');
  auto small = waiter(1, 'a', queued, served);
  ASSERT_EQ(queued.wait(), 'a');
  const LeaseFolder folder(state_);
  ASSERT_THAT(folder.queue(), SizeIs(2));
  EXPECT_EQ(folder.queue().front().holder.pid, large.pid());
  large.kill();
  EXPECT_EQ(served.wait(), 'a');
}

TEST_F(LeaseProcess, ProgramThatInheritsKeepsTheLeaseAfterItsHolder) {
  const Bell granted;
  auto life = std::make_optional<Bell>();
  Child child([&] {
    const auto lease = take(7);
    for (const int descriptor : lease->descriptors()) ::fcntl(descriptor, F_SETFD, 0);
    if (::fork() == 0) life->become_cat();
    granted.ring('y');
    return ::pause();
  });
  ASSERT_EQ(granted.wait(), 'y');
  child.kill();
  child.wait(patience);
  EXPECT_FALSE(take(1));
  EXPECT_THAT(LeaseFolder(state_).leases(), SizeIs(1));
  life.reset();
  EXPECT_TRUE(take(7, patience));
}

TEST_F(LeaseProcess, RecordNamesTheOwnerThatTheKernelKnows) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be two users";
  ASSERT_EQ(::chmod(place_.path().c_str(), 0755), 0);
  std::filesystem::create_directory(state_);
  ASSERT_EQ(::chmod(state_.c_str(), 01777), 0);
  const LeaseFolder folder(state_);
  const Bell granted;
  const Child child([&] {
    become_another_user(true);
    const auto lease = take(2);
    granted.ring(lease ? 'y' : 'n');
    return ::pause();
  });
  ASSERT_EQ(granted.wait(), 'y');
  ASSERT_THAT(folder.leases(), SizeIs(1));
  EXPECT_EQ(folder.leases().front().holder.uid, 65534U);
  EXPECT_EQ(folder.leases().front().holder.user, "nobody");
  EXPECT_TRUE(take(5)) << "root shares the folder";
}

class CrashAt : public LeaseProcess, public testing::WithParamInterface<AcquireStep> {};

TEST_P(CrashAt, LeavesNothingHeldAndNothingInTheWay) {
  const Bell granted, queued;
  const bool waits = GetParam() == AcquireStep::queued || GetParam() == AcquireStep::unqueued;
  std::optional<Child> in_way;
  if (waits) in_way.emplace(holder(7, granted));
  ASSERT_TRUE(!waits || granted.wait() == 'y');
  Child child([&] {
    const auto at = [&](AcquireStep step) {
      if (step == GetParam()) ::raise(SIGKILL);
      if (step == AcquireStep::queued) queued.ring('q');
    };
    return take(4, patience, at) ? 1 : 2;
  });
  ASSERT_TRUE(GetParam() != AcquireStep::unqueued || queued.wait() == 'q');
  if (GetParam() == AcquireStep::unqueued) in_way.reset();
  EXPECT_EQ(child.wait(patience).signal, SIGKILL) << "the step was never reached";
  in_way.reset();
  EXPECT_TRUE(take(7));
  EXPECT_TRUE(is_empty("leases"));
  EXPECT_TRUE(is_empty("queue"));
}

INSTANTIATE_TEST_SUITE_P(EachStep, CrashAt,
                         testing::Values(AcquireStep::surveyed, AcquireStep::locked,
                                         AcquireStep::queued, AcquireStep::chosen,
                                         AcquireStep::taken, AcquireStep::recorded,
                                         AcquireStep::unqueued));

}  // namespace
}  // namespace septet
