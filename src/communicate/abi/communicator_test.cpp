// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/communicator.hpp"

#include "communicate/abi/testing_comms.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <thread>

namespace septet::abi {
namespace {

ncclResult_t state_of(ncclComm_t comm) {
  ncclResult_t state = ncclInternalError;
  EXPECT_EQ(ncclCommGetAsyncError(comm, &state), ncclSuccess);
  return state;
}

/// The state after it was in progress.
ncclResult_t settled(ncclComm_t comm) {
  auto state = state_of(comm);
  while (state == ncclInProgress) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    state = state_of(comm);
  }
  return state;
}

TEST(Comm, IsKnownByItsHandleUntilItIsLetGoOf) {
  with_comms(1, [](ncclComm_t comm, int) {
    int count = 0;
    EXPECT_EQ(ncclCommCount(comm, &count), ncclSuccess);
    EXPECT_EQ(count, 1);
    EXPECT_EQ(ncclCommDestroy(comm), ncclSuccess);
    EXPECT_EQ(ncclCommCount(comm, &count), ncclInvalidArgument);
    EXPECT_EQ(ncclCommCount(std::bit_cast<ncclComm_t>(&count), &count), ncclInvalidArgument);
    EXPECT_EQ(ncclCommCount(nullptr, &count), ncclInvalidArgument);
  });
}

TEST(Comm, IsMadeInTheBackgroundWhenItIsNonblocking) {
  ncclUniqueId id{};
  ASSERT_EQ(ncclGetUniqueId(&id), ncclSuccess);
  in_threads(2, [&](int rank) {
    auto config = config_with(0);
    ncclComm_t comm = nullptr;
    EXPECT_EQ(ncclCommInitRankConfig(&comm, 2, id, rank, &config), ncclInProgress);
    ASSERT_NE(comm, nullptr);
    EXPECT_EQ(settled(comm), ncclSuccess);
    EXPECT_EQ(ncclCommFinalize(comm), ncclInProgress);
    EXPECT_EQ(settled(comm), ncclSuccess);
    EXPECT_EQ(ncclCommDestroy(comm), ncclSuccess);
  });
}

TEST(Comm, CanBeAbortedAtAnyTimeOfItsMaking) {
  for (int us = 0; us < 20'000; us += 1'000) {
    ncclUniqueId id{};
    ASSERT_EQ(ncclGetUniqueId(&id), ncclSuccess);
    in_threads(2, [&](int rank) {
      auto config = config_with(0);
      ncclComm_t comm = nullptr;
      EXPECT_EQ(ncclCommInitRankConfig(&comm, 2, id, rank, &config), ncclInProgress);
      std::this_thread::sleep_for(std::chrono::microseconds(us));
      EXPECT_EQ(ncclCommAbort(comm), ncclSuccess);
    });
  }
}

TEST(Comm, IsAbortedWhileAnotherThreadWaitsInACall) {
  std::array<ncclComm_t, 2> comms{};
  ncclUniqueId id{};
  ASSERT_EQ(ncclGetUniqueId(&id), ncclSuccess);
  in_threads(2, [&](int rank) {
    float value = 1;
    auto& comm = comms[static_cast<std::size_t>(rank)];
    ASSERT_EQ(ncclCommInitRank(&comm, 2, id, rank), ncclSuccess);
    if (rank == 0) {
      std::array<float, 2> buffer{};
      EXPECT_EQ(ncclGroupStart(), ncclSuccess);
      EXPECT_EQ(ncclSend(buffer.data(), 1, float32, 1, comm, nullptr), ncclSuccess);
      EXPECT_EQ(ncclRecv(&buffer[1], 1, float32, 1, comm, nullptr), ncclSuccess);
      EXPECT_EQ(ncclGroupEnd(), ncclRemoteError);
    } else {
      EXPECT_EQ(ncclRecv(&value, 1, float32, 0, comm, nullptr), ncclSuccess);  // It is inside now.
      EXPECT_EQ(ncclCommAbort(comms[0]), ncclSuccess);
      EXPECT_EQ(state_of(comm), ncclSuccess);  // What it has called has ended well.
      EXPECT_EQ(ncclRecv(&value, 1, float32, 0, comm, nullptr), ncclRemoteError);
      EXPECT_EQ(state_of(comm), ncclRemoteError);
      EXPECT_EQ(ncclCommAbort(comm), ncclSuccess);
    }
  });
}

TEST(Comm, IsAskedForErrorsBesideEverything) {
  with_comms(2, [](ncclComm_t comm, int) {
    std::atomic<bool> enough{false};
    std::thread watchdog([&] {
      while (!enough) EXPECT_EQ(state_of(comm), ncclSuccess);
    });
    for (int i = 0; i < 50; ++i) {
      float value = 1;
      EXPECT_EQ(ncclAllReduce(&value, &value, 1, float32, sum, comm, nullptr), ncclSuccess);
      EXPECT_EQ(value, 2);
    }
    enough = true;
    watchdog.join();
  });
}

TEST(Comm, HasChildrenAfterItWasRevoked) {
  with_comms(2, [](ncclComm_t comm, int rank) {
    EXPECT_EQ(ncclCommRevoke(comm, 0), ncclSuccess);
    float value = 1;
    EXPECT_EQ(ncclAllReduce(&value, &value, 1, float32, sum, comm, nullptr), ncclInvalidUsage);
    ncclComm_t child = nullptr;
    EXPECT_EQ(ncclCommSplit(comm, 0, rank, &child, nullptr), ncclSuccess);
    EXPECT_EQ(ncclAllReduce(&value, &value, 1, float32, sum, child, nullptr), ncclSuccess);
    EXPECT_EQ(value, 2);
    EXPECT_EQ(ncclCommDestroy(child), ncclSuccess);
  });
}

}  // namespace
}  // namespace septet::abi
