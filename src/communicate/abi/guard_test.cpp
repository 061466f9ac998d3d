// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/guard.hpp"

#include "communicate/abi/last_error.hpp"
#include <septet/error.hpp>

#include <gtest/gtest.h>

#include <new>
#include <string>
#include <thread>
#include <vector>

namespace septet::abi {
namespace {

ncclResult_t result_of(ErrorKind kind) {
  return guarded([kind] { throw Error(kind, "because"); });
}

TEST(Guard, GivesEachKindOfErrorItsResult) {
  EXPECT_EQ(result_of(ErrorKind::argument), ncclInvalidArgument);
  EXPECT_EQ(result_of(ErrorKind::usage), ncclInvalidUsage);
  EXPECT_EQ(result_of(ErrorKind::unavailable), ncclRemoteError);
  EXPECT_EQ(result_of(ErrorKind::peer), ncclRemoteError);
  EXPECT_EQ(result_of(ErrorKind::device), ncclUnhandledCudaError);
  EXPECT_EQ(result_of(ErrorKind::system), ncclSystemError);
  EXPECT_EQ(result_of(ErrorKind::internal), ncclInternalError);
}

TEST(Guard, LetsNothingThrough) {
  EXPECT_EQ(guarded([] { throw std::bad_alloc(); }), ncclSystemError);
  EXPECT_EQ(guarded([] { throw std::runtime_error("odd"); }), ncclInternalError);
  EXPECT_STREQ(last_error(), "odd");
  EXPECT_EQ(guarded([] { throw 7; }), ncclInternalError);
}

TEST(Guard, PassesOnTheResultOfWhatItRuns) {
  EXPECT_EQ(guarded([] {}), ncclSuccess);
  EXPECT_EQ(guarded([] { return ncclInProgress; }), ncclInProgress);
}

TEST(LastError, IsWhatWasThrownLast) {
  EXPECT_EQ(guarded([] { throw Error(ErrorKind::peer, "rank 3 exited"); }), ncclRemoteError);
  EXPECT_STREQ(last_error(), "rank 3 exited");
  EXPECT_EQ(guarded([] {}), ncclSuccess);
  EXPECT_STREQ(last_error(), "rank 3 exited");
}

TEST(LastError, IsCutToWhatNcclKeeps) {
  set_last_error(std::string(5000, 'x'));
  EXPECT_EQ(std::string(last_error()), std::string(1023, 'x'));
}

TEST(LastError, OutlivesTheNextOnes) {
  set_last_error("first");
  const char* const kept = last_error();
  for (int i = 0; i < 10; ++i) set_last_error("later");
  EXPECT_STREQ(kept, "first");
}

TEST(LastError, IsOfTheProcessNotOfTheThread) {
  std::thread([] { set_last_error("from another thread"); }).join();
  EXPECT_STREQ(last_error(), "from another thread");
}

}  // namespace
}  // namespace septet::abi
