// SPDX-License-Identifier: Apache-2.0
#include "lease/turn.hpp"

#include "lease/lock_file.hpp"
#include "lease/record.hpp"
#include "lease/testing_world.hpp"
#include <septet/lease.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr uid_t anna = 1000;
constexpr uid_t ben = 1001;

Slice whole_gpu(const std::string& uuid) {
  Slice slice;
  slice.uuid = slice.gpu_uuid = uuid;
  slice.kind = SliceKind::full;
  slice.profile = "full";
  return slice;
}

Slice stand_in(const std::string& gpu, int parts, int index) {
  Slice slice;
  slice.uuid = "MPS-" + gpu + "-" + std::to_string(parts) + "." + std::to_string(index);
  slice.gpu_uuid = gpu;
  slice.kind = SliceKind::mps;
  slice.profile = "mps." + std::to_string(parts);
  slice.memory_bytes = 1;
  slice.index = index;
  return slice;
}

TEST(Excludes, OneSliceHasOneHolder) {
  EXPECT_TRUE(excludes(mig_slice(0), anna, mig_slice(0), anna));
  EXPECT_FALSE(excludes(mig_slice(0), anna, mig_slice(1), ben));
}

TEST(Excludes, WholeGpuAndItsPartsExcludeEachOther) {
  EXPECT_TRUE(excludes(whole_gpu("GPU-0"), anna, mig_slice(1), anna));
  EXPECT_TRUE(excludes(mig_slice(1), anna, whole_gpu("GPU-0"), anna));
  EXPECT_TRUE(excludes(stand_in("GPU-0", 4, 1), anna, whole_gpu("GPU-0"), anna));
  EXPECT_FALSE(excludes(whole_gpu("GPU-1"), anna, mig_slice(1), anna));
}

TEST(Excludes, StandInsShareAGpuInOneShapeAndForOneUser) {
  EXPECT_FALSE(excludes(stand_in("GPU-0", 4, 0), anna, stand_in("GPU-0", 4, 1), anna));
  EXPECT_TRUE(excludes(stand_in("GPU-0", 4, 0), anna, stand_in("GPU-0", 4, 1), ben));
  EXPECT_TRUE(excludes(stand_in("GPU-0", 2, 0), anna, stand_in("GPU-0", 4, 1), anna));
  EXPECT_FALSE(excludes(stand_in("GPU-0", 2, 0), anna, stand_in("GPU-1", 4, 1), ben));
}

Waiter waiter(int ticket, std::vector<std::string> candidates, uid_t uid = anna) {
  Waiter result;
  result.ticket = ticket;
  result.holder.uid = uid;
  result.candidates = std::move(candidates);
  return result;
}

LeaseRecord lease_of(std::vector<Slice> slices) {
  LeaseRecord record;
  record.slices = std::move(slices);
  return record;
}

/// Anna's request for `count` of three MIG slices, at place `ticket`.
Asker asker(int count, std::optional<int> ticket = {}) {
  FixedDriver driver(mig_host(3));
  return ask(driver, any(count), anna, ticket);
}

TEST(Turn, NothingIsBusyOnAnEmptyHost) {
  const auto turn = turn_of(asker(1), {});
  EXPECT_THAT(turn.busy, IsEmpty());
  EXPECT_EQ(turn.ahead, 0);
  EXPECT_EQ(turn.behind, std::nullopt);
}

TEST(Turn, LeasedSlicesAreBusyAndTheirHoldersNamed) {
  Roll roll;
  roll.leases = {lease_of({mig_slice(1)}), lease_of({whole_gpu("GPU-9")})};
  const auto turn = turn_of(asker(1), roll);
  EXPECT_THAT(turn.busy, UnorderedElementsAre("MIG-1"));
  EXPECT_THAT(turn.holders, SizeIs(1));
}

TEST(Turn, CandidatesOfEarlierRequestsAreSpokenFor) {
  Roll roll;
  roll.queue = {waiter(1, {"MIG-0", "MIG-1"}), waiter(2, {"MIG-7"}), waiter(3, {"MIG-2"})};
  const auto turn = turn_of(asker(1), roll);
  EXPECT_THAT(turn.busy, UnorderedElementsAre("MIG-0", "MIG-1", "MIG-2"));
  EXPECT_EQ(turn.ahead, 2);
  EXPECT_EQ(turn.behind, 3);
}

TEST(Turn, LaterRequestsDoNotCount) {
  Roll roll;
  roll.queue = {waiter(1, {"MIG-0"}), waiter(2, {"MIG-1"}), waiter(3, {"MIG-2"})};
  const auto turn = turn_of(asker(1, 2), roll);
  EXPECT_THAT(turn.busy, UnorderedElementsAre("MIG-0"));
  EXPECT_EQ(turn.ahead, 1);
  EXPECT_EQ(turn.behind, std::nullopt) << "a release of MIG-1 would do";
}

/// Whether Anna's request for a stand-in of four is spoken for by one for `candidate`.
bool is_spoken_for(const std::string& candidate, uid_t by) {
  Asker anna_asks{.uid = anna,
                  .ticket = {},
                  .host = {},
                  .request = any(1),
                  .candidates = {stand_in("GPU-0", 4, 0)}};
  Gpu gpu;
  gpu.uuid = "GPU-0";
  gpu.state = GpuState::shared;
  gpu.slices = anna_asks.candidates;
  anna_asks.host.gpus = {gpu};
  Roll roll;
  roll.queue = {waiter(1, {candidate}, by)};
  return !turn_of(anna_asks, roll).busy.empty();
}

TEST(Turn, WhoWaitsForTheGpuInAnotherShapeIsNotStarved) {
  EXPECT_FALSE(is_spoken_for("MPS-GPU-0-4.1", anna));
  EXPECT_TRUE(is_spoken_for("MPS-GPU-0-4.1", ben));
  EXPECT_TRUE(is_spoken_for("MPS-GPU-0-2.1", anna));
  EXPECT_TRUE(is_spoken_for("GPU-0", anna));
  EXPECT_FALSE(is_spoken_for("GPU-1", ben));
}

class DecidingRollTest : public testing::Test {
 protected:
  [[nodiscard]] UniqueFd queue(int ticket, std::vector<std::string> candidates) const {
    const auto text = print_waiter(waiter(ticket, std::move(candidates)));
    return publish(layout_.queue(), layout_.ticket(ticket).filename().native(), text);
  }

  [[nodiscard]] Roll read(const Asker& asker) const {
    return read_deciding_roll(layout_, Dead::remove, asker);
  }

  const TestFolder place_;
  const LeaseFolder folder_{place_.path() / "state"};
  const Layout layout_{folder_.path()};
  const UniqueFd lease_ = publish(layout_.leases(), "aa.json", print_record({}));
};

TEST_F(DecidingRollTest, EndsWithTheRequestThatLeavesNothing) {
  const auto first = queue(9, {"MIG-0"});
  const auto second = queue(10, {"MIG-0", "MIG-1"});
  const auto third = queue(11, {"MIG-2"});
  const auto roll = read(asker(1));
  EXPECT_EQ(turn_of(asker(1), roll).behind, 11);
  EXPECT_THAT(roll.queue, SizeIs(2)) << "10 and 11 speak for all three slices";
  EXPECT_THAT(roll.leases, IsEmpty());
}

TEST_F(DecidingRollTest, IsAllOfItWhenSomethingIsLeft) {
  const auto first = queue(1, {"MIG-0"});
  const auto second = queue(2, {"MIG-1"});
  const auto roll = read(asker(1));
  EXPECT_EQ(turn_of(asker(1), roll).behind, std::nullopt);
  EXPECT_THAT(roll.queue, SizeIs(2));
  EXPECT_THAT(roll.leases, SizeIs(1));
}

TEST_F(DecidingRollTest, LooksOnlyAheadInTheOrderOfNumbers) {
  const auto nearest = queue(10, {"MIG-0", "MIG-1", "MIG-2"});
  const auto before = queue(9, {"MIG-0", "MIG-1", "MIG-2"});
  EXPECT_EQ(turn_of(asker(1), read(asker(1))).behind, 10);
  EXPECT_EQ(turn_of(asker(1, 10), read(asker(1, 10))).behind, 9);
  EXPECT_THAT(read(asker(1, 9)).queue, IsEmpty());
}

TEST_F(DecidingRollTest, RequestOfTheDeadStandsInNobodysWay) {
  static_cast<void>(queue(5, {"MIG-0", "MIG-1", "MIG-2"}));
  EXPECT_EQ(turn_of(asker(1), read(asker(1))).behind, std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(layout_.ticket(5)));
}

}  // namespace
}  // namespace septet
