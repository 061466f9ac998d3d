// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_state.hpp"

#include "discover/spec.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace septet::simulated {
namespace {

using testing::HasSubstr;

TEST(SimulatedState, KeepsEveryPartOfAWorld) {
  auto world = parse_spec("a100-80gb:3g.40gb(1c,2c),1g.10gb+me+h100-80gb+rtx-pro-6000:empty");
  set_mig_mode(add_gpu(world, find_model("a30")), true);
  destroy_compute_instance(world.gpus[0].instances[0], 0);
  const auto again = read_state(write_state(world));
  EXPECT_EQ(write_state(again), write_state(world));
  EXPECT_EQ(mig_devices(again.gpus[0])[0].compute->id, 1);
  EXPECT_TRUE(again.gpus[3].mig_pending);
  EXPECT_FALSE(again.gpus[3].mig);
  EXPECT_EQ(uuid_of(again.gpus[3]), uuid_of(world.gpus[3]));
}

/// What is said of the state of one A100 with 3g.20gb(1c) after `from` became `to`.
std::string refusal_with(std::string_view from, std::string_view to) {
  auto text = write_state(parse_spec("a100-40gb:3g.20gb(1c),1g.5gb"));
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << text;
  text.replace(at, from.size(), to);
  try {
    static_cast<void>(read_state(text));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::argument);
    return error.what();
  }
  return "accepted";
}

TEST(SimulatedState, WhatBreaksTheRulesOfMigIsRefused) {
  EXPECT_THAT(refusal_with("\"3g.20gb\"", "\"3g.40gb\""), HasSubstr("no profile \"3g.40gb\""));
  EXPECT_THAT(refusal_with("\"start\": 4", "\"start\": 1"), HasSubstr("does not fit"));
  EXPECT_THAT(refusal_with("\"a100-40gb\"", "\"a100\""), HasSubstr("no GPU"));
  EXPECT_THAT(refusal_with("\"compute_slices\": 1", "\"compute_slices\": 5"),
              HasSubstr("no compute instances of 5"));
}

TEST(SimulatedState, WhatIsNoStateIsRefused) {
  EXPECT_THAT(refusal_with("\"gpus\"", "\"gpu\""), HasSubstr("gpus"));
  EXPECT_THAT(refusal_with("\"version\": 1", "\"version\": 2"), HasSubstr("version"));
  EXPECT_THAT(refusal_with("\"id\": 0", "\"id\": -99999999999"), HasSubstr("no whole number"));
  EXPECT_THAT(refusal_with("{", "["), HasSubstr("no simulated host"));
}

}  // namespace
}  // namespace septet::simulated
