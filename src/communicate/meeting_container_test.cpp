// SPDX-License-Identifier: Apache-2.0
// Ranks that do not see each other's process numbers or sockets, that may open few descriptors, or
// whose kernel is old.
#include "base/test_folder.hpp"
#include "communicate/peer_watch.hpp"
#include "communicate/test_process.hpp"
#include "communicate/test_stranger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <future>

namespace septet {
namespace {

/// `body` as process 1 of a container with its own process numbers and network.
template <typename Body>
pid_t contained(Body body) {
  return forked([&] {
    if (::unshare(CLONE_NEWPID | CLONE_NEWNET) != 0) ::_exit(lacks_rights);
    ::_exit(status_of_child(body));
    return false;
  });
}

/// Whether all of these processes ended well; skips the test where there are no containers.
void expect_all_well(const std::vector<pid_t>& processes) {
  bool may = true;
  for (const auto process : processes) {
    const int status = status_of(process);
    may = may && status != lacks_rights;
    EXPECT_TRUE(status == 0 || !may) << status;
  }
  if (!may) GTEST_SKIP() << "making namespaces needs root";
}

/// Dies as rank 1; as rank 0 learns of it.
bool meet_and_see_the_other_die(const Rank& rank) {
  const auto result = attempt(rank);
  if (!result.meeting) return false;
  const auto& members = result.meeting->members;
  if (members[0].pid != 1 || members[1].pid != 1 || share_process(members[0], members[1])) {
    return false;
  }
  if (rank.membership.rank == 1) return true;
  std::promise<int> ended;
  const PeerWatch watch(members, 0, [&](int peer) { ended.set_value(peer); });
  auto told = ended.get_future();
  return told.wait_for(std::chrono::seconds(20)) == std::future_status::ready && told.get() == 1;
}

TEST(MeetingOfContainers, InASharedFolderWatchesPeersThatHaveTheSameNumber) {
  const TestFolder folder;
  const auto ranks = ranks_of(2, {.folder = folder.path()});
  expect_all_well({contained([&] { return meet_and_see_the_other_die(ranks[0]); }),
                   contained([&] { return meet_and_see_the_other_die(ranks[1]); })});
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(MeetingOfContainers, WithoutASharedFolderNamesTheNetworkAndTheRemedy) {
  auto ranks = ranks_of(2);
  const auto fails = [](Rank rank) {
    rank.membership.meeting_limit = std::chrono::milliseconds(200);
    const auto text = attempt(rank).text();
    return text.find("net:[") != std::string::npos &&
           text.find("SEPTET_MEETING_FOLDER") != std::string::npos;
  };
  expect_all_well(
      {contained([&] { return fails(ranks[0]); }), contained([&] { return fails(ranks[1]); })});
}

TEST(MeetingOfManyProcesses, NeedsFewDescriptors) {
  const auto ranks = ranks_of(max_ranks);
  std::vector<pid_t> processes;
  for (const auto& rank : ranks) {
    processes.push_back(forked([&] {
      const rlimit few{.rlim_cur = 256, .rlim_max = 256};
      constexpr uid_t nobody = 65534;  // For root the kernel does not count those under way.
      if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return false;
      if (::geteuid() == 0 && ::setuid(nobody) != 0) return false;
      const auto result = attempt(rank);
      return result.meeting && result.meeting->members.size() == max_ranks;
    }));
  }
  for (const auto process : processes) EXPECT_EQ(status_of(process), 0);
}

TEST(MeetingOfManyProcesses, FailsForAllWithTheRemedyWhenOneMayOpenTooFew) {
  const auto ranks = ranks_of(8);
  const auto open_now = static_cast<rlim_t>(count_in_proc("fd"));
  std::vector<pid_t> processes;
  for (const auto& rank : ranks) {
    processes.push_back(forked([&] {
      const rlimit few{.rlim_cur = open_now + 5, .rlim_max = open_now + 5};
      if (rank.membership.rank == 5) {
        {
          const auto connection = enter(rank);
        }  // So another rank is the host.
        if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return false;
      }
      const auto result = attempt(rank);
      return result.failed_as(ErrorKind::system) &&
             result.text().find("ulimit -n") != std::string::npos;
    }));
  }
  for (const auto process : processes) EXPECT_EQ(status_of(process), 0);
}

TEST(MeetingOnAnOldKernel, NeedsNoPidfds) {
  const auto ranks = ranks_of(2);
  const auto process = forked([&] {
    if (!forget_call(SYS_pidfd_open)) return false;
    return attempt(ranks[1]).meeting && ::raise(SIGKILL) == 0;
  });
  EXPECT_EQ(
      status_of_child([&] {
        if (!forget_call(SYS_pidfd_open)) return false;
        const auto result = attempt(ranks[0]);
        if (!result.meeting) return false;
        std::promise<int> ended;
        const PeerWatch watch(result.meeting->members, 0, [&](int peer) { ended.set_value(peer); });
        return ended.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready;
      }),
      0);
  EXPECT_EQ(status_of(process), 128 + SIGKILL);
}

}  // namespace
}  // namespace septet
