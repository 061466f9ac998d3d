// SPDX-License-Identifier: Apache-2.0
#include "lease/testing_world.hpp"
#include <septet/error.hpp>
#include <septet/lease.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace septet {
namespace {

using testing::HasSubstr;

/// What is said about slice 1 of two after `change`.
std::string complaint(const std::function<void(Slice&)>& change) {
  auto host = mig_host(2);
  change(host.gpus.front().slices.at(1));
  try {
    revalidate({mig_slice(0), mig_slice(1)}, host);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    return error.what();
  }
  return {};
}

TEST(Revalidate, AcceptsWhatIsAsItWas) {
  EXPECT_EQ(complaint([](Slice&) {}), "");
  EXPECT_EQ(complaint([](Slice& slice) { slice.index = 5; }), "") << "indices come and go";
  EXPECT_EQ(complaint([](Slice& slice) { slice.processes = {{}}; }), "");
}

TEST(Revalidate, NoticesASliceThatCameBackInAnotherShape) {
  EXPECT_THAT(complaint([](Slice& slice) { slice.profile = "2g.10gb"; }),
              HasSubstr("slice MIG-1 was leased as 1g.5gb, 4.8 GiB, instance 8/0 and is now "
                        "2g.10gb"));
  EXPECT_THAT(complaint([](Slice& slice) { slice.memory_bytes *= 2; }), HasSubstr("9.5 GiB"));
  EXPECT_THAT(complaint([](Slice& slice) { slice.gpu_instance = 3; }), HasSubstr("instance 3/0"));
  EXPECT_THAT(complaint([](Slice& slice) { slice.compute_instance = 1; }), HasSubstr("8/1"));
}

TEST(Revalidate, NoticesASliceThatIsGone) {
  EXPECT_THAT(complaint([](Slice& slice) { slice.uuid = "MIG-other"; }),
              HasSubstr("slice MIG-1 was leased as 1g.5gb, 4.8 GiB, instance 8/0 and is gone"));
}

}  // namespace
}  // namespace septet
