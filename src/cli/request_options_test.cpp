// SPDX-License-Identifier: Apache-2.0
#include "cli/request_options.hpp"

#include "base/units.hpp"
#include <septet/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace septet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Milliseconds = std::optional<std::chrono::milliseconds>;

/// A verb with the request options, as `septet run` has them.
struct Verb {
  explicit Verb(Environment environment = {}) : context{std::move(environment), stream, stream} {
    takes_command(*verb);
    add_request_options(*verb);
    add_patience_options(*verb);
  }

  Request request(std::vector<std::string> words) {
    parse(std::move(words));
    return request_of(*verb, context);
  }

  Milliseconds limit(std::vector<std::string> words) {
    parse(std::move(words));
    return patience_of(*verb, context);
  }

  void parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());
    words.emplace_back("run");
    app.parse(std::move(words));
  }

  CLI::App app;
  CLI::App* verb = app.add_subcommand("run");
  std::ostringstream stream;
  Context context;
};

TEST(RequestOptions, DefaultsAreTheRequestsOwn) {
  EXPECT_EQ(Verb().request({}), Request{});
  EXPECT_EQ(Verb().limit({}), std::nullopt);
}

TEST(RequestOptions, AllReachTheRequest) {
  const auto request =
      Verb().request({"-n", "4", "--memory", "10G", "--profile", "1g.10gb", "--gpu", "0,1", "--gpu",
                      "3", "--same-gpu", "--allow-mixed"});
  EXPECT_EQ(request.slices, 4);
  EXPECT_EQ(request.memory_bytes, 10 * gibibyte);
  EXPECT_EQ(request.profile, "1g.10gb");
  EXPECT_THAT(request.gpus, ElementsAre(0, 1, 3));
  EXPECT_TRUE(request.same_gpu && request.allow_mixed);
  EXPECT_FALSE(request.spread || request.prefer_full);
}

TEST(RequestOptions, CountHasThreeSpellingsAndTheLastOneWins) {
  EXPECT_EQ(Verb().request({"--slices", "3"}).slices, 3);
  EXPECT_EQ(Verb().request({"--num-migs=4", "--prefer-full"}).slices, 4);
  EXPECT_EQ(Verb().request({"-n", "2", "-n", "5"}).slices, 5);
}

TEST(RequestOptions, NamesBringTheirNumber) {
  const auto request = Verb().request({"--slice", "0:1,MIG-a", "--slice", "1:0"});
  EXPECT_THAT(request.named, ElementsAre("0:1", "MIG-a", "1:0"));
  EXPECT_EQ(request.slices, 3);
}

TEST(RequestOptions, LeaveTheCommandAlone) {
  Verb run;
  EXPECT_THAT(run.request({"--slice", "0:1", "train", "--wait", "-n", "7"}).named,
              ElementsAre("0:1"));
  EXPECT_THAT(command_of(*run.verb, run.context), ElementsAre("train", "--wait", "-n", "7"));
  Verb waiting;
  EXPECT_EQ(waiting.limit({"--wait", "5"}), std::nullopt);
  EXPECT_THAT(command_of(*waiting.verb, waiting.context), ElementsAre("5"));
}

template <typename Action>
std::string error_of(ErrorKind kind, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "no error";
}

std::string refusal(ErrorKind kind, const std::vector<std::string>& words) {
  return error_of(kind, [&] { (void)Verb().request(words); });
}

TEST(RequestOptions, ContradictionsNameBoth) {
  EXPECT_THAT(refusal(ErrorKind::usage, {"--same-gpu", "--spread"}),
              HasSubstr("--same-gpu and --spread"));
  EXPECT_THAT(refusal(ErrorKind::usage, {"-n", "1", "--slice", "0:1,0:2"}),
              HasSubstr("-n 1 and --slice with 2"));
  EXPECT_THAT(refusal(ErrorKind::usage, {"--prefer-full", "--slice", "0:1"}),
              HasSubstr("--prefer-full and --slice"));
  EXPECT_THAT(refusal(ErrorKind::usage, {"-n", "0"}), HasSubstr("1 or more"));
}

TEST(RequestOptions, WrongValuesNameTheOptionAndTheValue) {
  EXPECT_THAT(refusal(ErrorKind::argument, {"-n", "four"}), HasSubstr("--slices: \"four\""));
  EXPECT_THAT(refusal(ErrorKind::argument, {"--memory", "10X"}), HasSubstr("--memory: \"10X\""));
  EXPECT_THAT(refusal(ErrorKind::argument, {"--gpu", "a"}), HasSubstr("--gpu: \"a\""));
  EXPECT_THAT(refusal(ErrorKind::argument, {"--slice", "0:1,"}), HasSubstr("--slice: \"0:1,\""));
}

TEST(RequestOptions, VariablesStandInForOptions) {
  const auto request = Verb({{"SEPTET_NUM_MIGS", "4"},
                             {"SEPTET_MEMORY", "5G"},
                             {"SEPTET_PROFILE", "1g.5gb"},
                             {"SEPTET_GPU", "0,1"},
                             {"SEPTET_SPREAD", "1"},
                             {"SEPTET_ALLOW_MIXED", "yes"},
                             {"SEPTET_PREFER_FULL", "true"},
                             {"SEPTET_SAME_GPU", "0"}})
                           .request({});
  EXPECT_EQ(request, (Request{.slices = 4,
                              .memory_bytes = 5 * gibibyte,
                              .profile = "1g.5gb",
                              .gpus = {0, 1},
                              .spread = true,
                              .prefer_full = true,
                              .allow_mixed = true}));
}

TEST(RequestOptions, WhatLaunchSetsIsNoOption) {
  EXPECT_EQ(Verb({{"SEPTET_SLICE", "MIG-a"}, {"SEPTET_SLICES", "MIG-a,MIG-b"}}).request({}),
            Request{});
}

TEST(RequestOptions, TheCommandLinePutsContradictingVariablesAside) {
  EXPECT_FALSE(Verb({{"SEPTET_SPREAD", "1"}}).request({"--same-gpu"}).spread);
  EXPECT_FALSE(Verb({{"SEPTET_PREFER_FULL", "1"}}).request({"--slice", "0:1"}).prefer_full);
  EXPECT_EQ(Verb({{"SEPTET_NUM_MIGS", "4"}}).request({"--slice", "0:1"}).slices, 1);
  EXPECT_EQ(Verb({{"SEPTET_NO_WAIT", "1"}}).limit({"--wait"}), std::nullopt);
}

TEST(RequestOptions, AWrongVariableIsNamed) {
  EXPECT_THAT(
      error_of(ErrorKind::argument, [] { (void)Verb({{"SEPTET_SPREAD", "maybe"}}).request({}); }),
      HasSubstr("SEPTET_SPREAD: \"maybe\""));
}

TEST(PatienceOptions, SayHowLong) {
  EXPECT_EQ(Verb().limit({"--wait"}), std::nullopt);
  EXPECT_EQ(Verb().limit({"--wait=30s"}), std::chrono::seconds(30));
  EXPECT_EQ(Verb().limit({"--no-wait"}), std::chrono::milliseconds(0));
  EXPECT_EQ(Verb({{"SEPTET_WAIT", "2m"}}).limit({}), std::chrono::minutes(2));
  EXPECT_EQ(Verb({{"SEPTET_WAIT", "2m"}}).limit({"--no-wait"}), std::chrono::milliseconds(0));
}

TEST(PatienceOptions, ExcludeEachOtherAndNameAWrongTime) {
  EXPECT_THAT(error_of(ErrorKind::usage, [] { (void)Verb().limit({"--wait", "--no-wait"}); }),
              HasSubstr("--wait and --no-wait"));
  EXPECT_THAT(error_of(ErrorKind::argument, [] { (void)Verb().limit({"--wait=soon"}); }),
              HasSubstr("--wait: \"soon\""));
}

}  // namespace
}  // namespace septet::cli
