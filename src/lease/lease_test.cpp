// SPDX-License-Identifier: Apache-2.0
#include "lease/acquire.hpp"
#include "lease/layout.hpp"
#include "lease/testing_world.hpp"
#include <septet/error.hpp>
#include <septet/lease.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace septet {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LeaseTest : public testing::Test {
 protected:
  /// Without waiting.
  std::optional<Lease> take(int slices) { return take(any(slices), milliseconds(0)); }

  std::optional<Lease> take(const Request& request, std::optional<milliseconds> limit) {
    FixedDriver driver(host_);
    return acquire(folder_, driver, request, "test", {.limit = limit, .on_wait = {}});
  }

  const TestFolder place_;
  const LeaseFolder folder_{place_.path() / "state"};
  Host host_ = mig_host(7);
};

TEST_F(LeaseTest, WhatIsLeasedIsNotLeasedAgainUntilItIsLetGo) {
  auto first = take(4);
  ASSERT_TRUE(first);
  auto second = take(3);
  ASSERT_TRUE(second);
  EXPECT_FALSE(take(1));
  first.reset();
  EXPECT_TRUE(take(4));
}

TEST_F(LeaseTest, AllOrNothing) {
  const auto first = take(4);
  EXPECT_FALSE(take(4));
  EXPECT_THAT(folder_.held(), SizeIs(4));
}

TEST_F(LeaseTest, RecordTellsWhoHoldsWhat) {
  const auto lease = take(2);
  ASSERT_TRUE(lease);
  const auto records = folder_.leases();
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records.front().id, lease->record().id);
  EXPECT_EQ(records.front().slices, lease->slices());
  EXPECT_EQ(records.front().holder.pid, ::getpid());
  EXPECT_EQ(records.front().holder.uid, ::geteuid());
  EXPECT_EQ(records.front().holder.command, "test");
  EXPECT_FALSE(records.front().boot_id.empty());
}

TEST_F(LeaseTest, NothingStaysBehindInTheFolder) {
  take(3).reset();
  EXPECT_THAT(folder_.leases(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "leases"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "queue"));
}

TEST_F(LeaseTest, PartsOfASplitLeaseAreLetGoOneByOne) {
  auto parts = split(folder_, *take(3));
  ASSERT_THAT(parts, SizeIs(3));
  EXPECT_THAT(folder_.leases(), SizeIs(3));
  EXPECT_THAT(folder_.held(), SizeIs(3));
  EXPECT_FALSE(take(5));

  const auto freed = parts[1].slices().front().uuid;
  parts.erase(parts.begin() + 1);
  EXPECT_FALSE(folder_.held().contains(freed));
  EXPECT_TRUE(take(5));
  parts.clear();
  EXPECT_THAT(folder_.held(), IsEmpty());
}

TEST_F(LeaseTest, PartsOfASplitLeaseKeepTheWholeGpuFromOthers) {
  host_.gpus.front().slices.resize(2);
  auto parts = split(folder_, *take(2));
  parts.pop_back();
  Slice whole;
  whole.uuid = "GPU-0";
  whole.kind = SliceKind::full;
  whole.profile = "full";
  whole.gpu_uuid = "GPU-0";
  whole.memory_bytes = 42'298'834'944;
  host_.gpus.front().state = GpuState::full;
  host_.gpus.front().mig = {.supported = true};
  host_.gpus.front().slices = {whole};
  EXPECT_FALSE(take(1));
  parts.clear();
  EXPECT_TRUE(take(1));
}

TEST_F(LeaseTest, DescriptorsAreOutOfTheWayAndClosedByExec) {
  const auto lease = take(2);
  ASSERT_TRUE(lease);
  for (const int descriptor : lease->descriptors()) {
    EXPECT_GE(descriptor, 100);
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), FD_CLOEXEC);
  }
}

TEST_F(LeaseTest, WhatIsTiedToItIsInheritedAndLetGoWithIt) {
  auto lease = take(1);
  ASSERT_TRUE(lease);
  const auto before = lease->descriptors().size();
  lease->keep(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  const auto descriptors = lease->descriptors();
  EXPECT_EQ(descriptors.size(), before + 1);
  for (const int descriptor : descriptors) EXPECT_GE(descriptor, 100);
  lease.reset();
  for (const int descriptor : descriptors) EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
}

TEST_F(LeaseTest, MovedLeaseIsHeldOnce) {
  auto first = take(3);
  auto other = take(4);
  ASSERT_TRUE(first && other);
  *first = *std::move(other);
  EXPECT_THAT(folder_.held(), SizeIs(4));
  EXPECT_TRUE(take(3));
}

TEST_F(LeaseTest, WaitingEndsWithTheLimit) {
  const auto all = take(7);
  EXPECT_FALSE(take(any(1), milliseconds(30)));
  EXPECT_THAT(folder_.queue(), IsEmpty());
}

TEST_F(LeaseTest, WaiterIsServedWhenTheHolderLetsGo) {
  auto all = take(7);
  ASSERT_TRUE(all);
  FixedDriver driver(host_);
  std::vector<int> places;
  const Patience patience{.limit = std::nullopt, .on_wait = [&](int ahead, const auto& holders) {
                            places.push_back(ahead);
                            EXPECT_THAT(holders, SizeIs(1));
                            all.reset();
                          }};
  EXPECT_TRUE(acquire(folder_, driver, any(4), "waiter", patience));
  EXPECT_THAT(places, ElementsAre(0));
}

TEST_F(LeaseTest, RequestThatCanNeverBeMetDoesNotWait) {
  try {
    static_cast<void>(take(any(8), std::nullopt));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
  }
}

}  // namespace
}  // namespace septet
