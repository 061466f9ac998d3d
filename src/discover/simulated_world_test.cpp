// SPDX-License-Identifier: Apache-2.0
#include "discover/simulated_world.hpp"

#include "discover/spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace septet::simulated {
namespace {

using nvml::Result;
using testing::ElementsAre;
using testing::MatchesRegex;

Gpu gpu_of(std::string_view spec) { return parse_spec(spec).gpus.front(); }

Created make(Gpu& gpu, std::string_view profile, std::optional<int> start = {}) {
  return create_gpu_instance(gpu, *find_profile(*gpu.model, profile), start);
}

std::vector<int> starts_of(const Gpu& gpu) {
  std::vector<int> starts;
  for (const auto& instance : gpu.instances) starts.push_back(instance.start);
  return starts;
}

std::vector<int> ids_of(const Gpu& gpu) {
  std::vector<int> ids;
  for (const auto& instance : gpu.instances) ids.push_back(instance.id);
  return ids;
}

TEST(SimulatedWorld, PlacesAsTheUserGuidesExampleShows) {
  auto gpu = gpu_of("a100-40gb:empty");
  EXPECT_EQ(make(gpu, "1g.5gb").id, 13);
  EXPECT_EQ(make(gpu, "2g.10gb").id, 5);
  EXPECT_EQ(make(gpu, "4g.20gb").id, 1);
  EXPECT_THAT(starts_of(gpu), ElementsAre(0, 4, 6));
}

TEST(SimulatedWorld, SmallFirstRunsOutOfRoomAsTheDriverDoes) {
  auto gpu = gpu_of("a100-40gb:empty");
  for (const auto* profile : {"1g.5gb", "1g.5gb", "2g.10gb"}) {
    EXPECT_EQ(make(gpu, profile).result, Result::success);
  }
  EXPECT_EQ(make(gpu, "3g.20gb").result, Result::insufficient_resources);
}

TEST(SimulatedWorld, NumbersInstancesByTheirPlace) {
  EXPECT_THAT(ids_of(gpu_of("a100-40gb:7x1g.5gb")), ElementsAre(7, 8, 9, 10, 11, 12, 13));
  EXPECT_THAT(ids_of(gpu_of("a100-40gb:7g.40gb")), ElementsAre(0));
  EXPECT_THAT(ids_of(gpu_of("h200:2x3g.71gb")), ElementsAre(1, 2));
  EXPECT_THAT(ids_of(gpu_of("a30:4x1g.6gb")), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(ids_of(gpu_of("rtx-pro-6000:2g.48gb,2x1g.24gb")), ElementsAre(2, 3, 4));
}

TEST(SimulatedWorld, ANewInstanceRenumbersTheDevicesBehindIt) {
  auto gpu = gpu_of("a30:2x1g.6gb");
  const auto first = uuid_of(gpu, mig_devices(gpu)[0]);
  const int made = make(gpu, "2g.12gb").id;
  auto& instance = *find_instance(gpu, made);
  create_compute_instance(instance, compute_profiles(*gpu.model, *instance.profile).back());
  EXPECT_EQ(profile_name(mig_devices(gpu)[0]), "2g.12gb");
  EXPECT_EQ(uuid_of(gpu, mig_devices(gpu)[1]), first);
}

TEST(SimulatedWorld, RefusesWhatTheDriverRefuses) {
  auto gpu = gpu_of("a100-40gb:empty");
  EXPECT_EQ(make(gpu, "1g.5gb", 7).result, Result::invalid_argument);
  EXPECT_EQ(make(gpu, "2g.10gb", 1).result, Result::invalid_argument);
  EXPECT_EQ(make(gpu, "1g.5gb+me", 0).result, Result::success);
  EXPECT_EQ(make(gpu, "1g.5gb+me").result, Result::insufficient_resources);
  EXPECT_EQ(make(gpu, "4g.20gb", 0).result, Result::insufficient_resources);
  auto off = gpu_of("a100-40gb");
  EXPECT_EQ(make(off, "1g.5gb").result, Result::not_supported);
}

TEST(SimulatedWorld, CountsWhatStillFits) {
  auto gpu = gpu_of("a100-40gb:3g.20gb");
  const auto room = [&](const char* profile) {
    return remaining_capacity(gpu, *find_profile(*gpu.model, profile));
  };
  EXPECT_EQ(starts_of(gpu), std::vector{4});
  EXPECT_EQ(room("1g.5gb"), 4);
  EXPECT_EQ(room("2g.10gb"), 2);
  EXPECT_EQ(room("4g.20gb"), 1);
  EXPECT_EQ(room("7g.40gb"), 0);
  auto full = gpu_of("a100-40gb:7x1g.5gb");
  EXPECT_EQ(remaining_capacity(full, *find_profile(*full.model, "1g.5gb")), 0);
}

TEST(SimulatedWorld, AnInstanceInUseStays) {
  auto gpu = gpu_of("h100:1g.10gb");
  auto& instance = gpu.instances.front();
  EXPECT_EQ(destroy_gpu_instance(gpu, instance.id), Result::in_use);
  EXPECT_EQ(set_mig_mode(gpu, false), Result::in_use);
  EXPECT_EQ(destroy_compute_instance(instance, 3), Result::not_found);
  EXPECT_EQ(destroy_compute_instance(instance, 0), Result::success);
  EXPECT_EQ(destroy_gpu_instance(gpu, instance.id), Result::success);
  EXPECT_EQ(set_mig_mode(gpu, false), Result::success);
}

TEST(SimulatedWorld, AmpereWaitsForAResetAndHopperDoesNot) {
  auto ampere = gpu_of("a100-40gb");
  EXPECT_EQ(set_mig_mode(ampere, true), Result::reset_required);
  EXPECT_FALSE(ampere.mig);
  EXPECT_TRUE(ampere.mig_pending);
  reset(ampere);
  EXPECT_TRUE(ampere.mig);
  auto hopper = gpu_of("h100-80gb");
  EXPECT_EQ(set_mig_mode(hopper, true), Result::success);
  EXPECT_TRUE(hopper.mig);
}

TEST(SimulatedWorld, UuidsAreVersionFiveAndAllDiffer) {
  std::set<std::string> uuids;
  const auto world = parse_spec("2*a100-40gb:7x1g.5gb+a100-80gb:7x1g.10gb+a30:4g.24gb(1c,1c,2c)");
  for (const auto& gpu : world.gpus) {
    uuids.insert(uuid_of(gpu));
    for (const auto& device : mig_devices(gpu)) uuids.insert(uuid_of(gpu, device));
  }
  EXPECT_EQ(uuids.size(), 4U + 3 * 7 + 3);
  for (const auto& uuid : uuids) {
    EXPECT_THAT(uuid, MatchesRegex("(GPU|MIG)-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab]"
                                   "[0-9a-f]{3}-[0-9a-f]{12}"));
  }
}

TEST(SimulatedWorld, AnotherShapeAtTheSamePlaceHasTheSameUuid) {
  const auto three = gpu_of("a100-40gb:2x3g.20gb");
  auto four = gpu_of("a100-40gb:4g.20gb");
  EXPECT_EQ(uuid_of(three, mig_devices(three)[0]), uuid_of(four, mig_devices(four)[0]));
}

// The digests are Python's: hashlib.sha1 over the same fields.
TEST(SimulatedWorld, UuidsAreDerivedAsTheDriverDoes) {
  const Identity gpu{0x170, 0x0123456789abcdef};
  EXPECT_EQ(gpu_uuid(gpu), "GPU-1f009f4d-c4d4-5e43-8251-b910b42c5631");
  EXPECT_EQ(mig_uuid(gpu, 13, 6), "MIG-566ecdbc-c8b9-5b26-8a6d-1abe309c850b");
}

}  // namespace
}  // namespace septet::simulated
