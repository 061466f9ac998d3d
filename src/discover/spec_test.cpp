// SPDX-License-Identifier: Apache-2.0
#include "discover/spec.hpp"

#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace septet::simulated {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> devices_of(const Gpu& gpu) {
  std::vector<std::string> names;
  for (const auto& device : mig_devices(gpu)) names.push_back(profile_name(device));
  return names;
}

std::vector<std::string> devices_of(std::string_view spec) {
  return devices_of(parse_spec(spec).gpus.front());
}

std::string refusal_of(std::string_view spec) {
  try {
    static_cast<void>(parse_spec(spec));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::argument);
    return error.what();
  }
  return "accepted";
}

TEST(Spec, AModelAloneHasMigOff) {
  const auto world = parse_spec("a100-40gb");
  ASSERT_EQ(world.gpus.size(), 1U);
  EXPECT_FALSE(world.gpus[0].mig);
}

TEST(Spec, EmptyHasMigOnAndNothingElse) {
  const auto gpu = parse_spec("h200:empty").gpus.front();
  EXPECT_TRUE(gpu.mig);
  EXPECT_THAT(gpu.instances, IsEmpty());
}

TEST(Spec, ModelsAreKnownBySeveralSpellings) {
  for (const auto* name : {"A100-40GB", "NVIDIA A100-SXM4-40GB", "a100_40", "a100 40gb"}) {
    EXPECT_EQ(parse_spec(name).gpus.front().model->name, "a100-40gb") << name;
  }
  for (const auto& model : gpu_models()) {
    EXPECT_EQ(find_model(model.device_name).name, model.name);
  }
}

TEST(Spec, GpusAreJoinedAndRepeated) {
  const auto world = parse_spec("2*a100-40gb:7x1g.5gb + h100-80gb:off+a30:1g.6gb+me,2g.12gb");
  ASSERT_EQ(world.gpus.size(), 4U);
  EXPECT_EQ(devices_of(world.gpus[1]).size(), 7U);
  EXPECT_EQ(world.gpus[2].model->name, "h100-80gb");
  EXPECT_THAT(devices_of(world.gpus[3]), ElementsAre("2g.12gb", "1g.6gb+me"));
}

TEST(Spec, InstancesMayStandInAnyOrder) {
  const auto sorted = devices_of("a100-40gb:3g.20gb,2g.10gb,1g.5gb,1g.5gb");
  EXPECT_THAT(sorted, ElementsAre("3g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"));
  EXPECT_EQ(devices_of("a100-40gb:1g.5gb,1g.5gb,2g.10gb,3g.20gb"), sorted);
  EXPECT_EQ(devices_of("a100-40gb: 2*1g.5gb , 2G.10GB,1x3g.20gb"), sorted);
}

TEST(Spec, AnInstanceIsCutIntoComputeInstances) {
  EXPECT_THAT(devices_of("a100-80gb:3g.40gb(1c,2c)"), ElementsAre("1c.3g.40gb", "2c.3g.40gb"));
  EXPECT_THAT(devices_of("a100-80gb:3g.40gb(3x1c)").size(), 3U);
  EXPECT_THAT(devices_of("a100-80gb:3g.40gb(3c)"), ElementsAre("3g.40gb"));
  EXPECT_THAT(devices_of("a100-80gb:3g.40gb()"), IsEmpty());
}

TEST(Spec, ComputeInstancesByNameShareAnInstanceWhileThereIsRoom) {
  const auto gpu = parse_spec("a100-80gb:4x1c.3g.40gb").gpus.front();
  ASSERT_EQ(gpu.instances.size(), 2U);
  EXPECT_EQ(gpu.instances[0].compute.size() + gpu.instances[1].compute.size(), 4U);
  EXPECT_EQ(parse_spec("a100-80gb:2c.3g.40gb,1c.3g.40gb").gpus.front().instances.size(), 1U);
}

TEST(Spec, EveryProfileOfEveryModelCanBeMadeAsOftenAsItSays) {
  for (const auto& model : gpu_models()) {
    for (const auto& profile : model.profiles) {
      const auto most = std::to_string(profile.max_instances) + "x" + std::string(profile.name);
      const auto spec = std::string(model.name) + ":" + most;
      EXPECT_EQ(devices_of(spec).size(), static_cast<std::size_t>(profile.max_instances)) << spec;
    }
  }
}

TEST(Spec, AnUnknownModelIsToldTheNearestAndAll) {
  EXPECT_THAT(refusal_of("a10-40gb"), AllOf(HasSubstr("\"a10-40gb\" is no GPU"),
                                            HasSubstr("nearest is a100-40gb"), HasSubstr("h200")));
}

TEST(Spec, AnImpossibleLayoutIsToldTheRule) {
  EXPECT_THAT(refusal_of("a100-40gb:1g.10gb+me"), HasSubstr("has no such profile; it has 1g.5gb"));
  EXPECT_THAT(refusal_of("a100-40gb:2x4g.20gb"), HasSubstr("2 instances of 4g.20gb"));
  EXPECT_THAT(refusal_of("a100-40gb:4g.20gb,2x2g.10gb"), HasSubstr("take 8 compute slices"));
  EXPECT_THAT(refusal_of("a100-40gb:2x1g.5gb+me"), HasSubstr("at most 1"));
  EXPECT_THAT(refusal_of("a100-40gb:2x3g.20gb,1g.5gb"),
              AllOf(HasSubstr("do not fit side by side"), HasSubstr("3g.20gb {0,4}:4")));
  EXPECT_THAT(refusal_of("rtx-pro-6000:1g.24gb+me.all,1g.24gb"), HasSubstr("5 decoders"));
  EXPECT_THAT(refusal_of("a100-40gb:3g.20gb(2c,2c)"), HasSubstr("no room for compute instances"));
  EXPECT_THAT(refusal_of("a100-40gb:3g.20gb(4c)"), HasSubstr("no room for compute instances"));
}

TEST(Spec, WhatIsNoSpecIsRefusedWithItsText) {
  EXPECT_THAT(refusal_of(""), HasSubstr("is no GPU"));
  EXPECT_THAT(refusal_of("a100-40gb:"), HasSubstr("layout is missing"));
  EXPECT_THAT(refusal_of("a100-40gb+"), HasSubstr("is no GPU"));
  EXPECT_THAT(refusal_of("0*a100-40gb"), HasSubstr("no count from 1"));
  EXPECT_THAT(refusal_of("33*a100-40gb"), HasSubstr("no count from 1 to 32"));
  EXPECT_THAT(refusal_of("32*a100-40gb+a30"), HasSubstr("at most 32 GPUs"));
  EXPECT_THAT(refusal_of("a100-40gb:99999999999x1g.5gb"), HasSubstr("no count"));
  EXPECT_THAT(refusal_of("a100-40gb:3g.20gb(1c"), HasSubstr("not closed"));
  EXPECT_THAT(refusal_of("a100-40gb:3g.20gb(2g)"), HasSubstr("no compute instance"));
  EXPECT_THAT(refusal_of("a100-40gb:1c.3g.20gb(1c)"), HasSubstr("not cut further"));
}

}  // namespace
}  // namespace septet::simulated
