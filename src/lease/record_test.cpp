// SPDX-License-Identifier: Apache-2.0
#include "lease/record.hpp"

#include "lease/testing_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace septet {
namespace {

using nlohmann::json;

LeaseRecord sample() {
  LeaseRecord record;
  record.holder.pid = 42;
  record.holder.command = "python3 train.py";
  record.holder.since = std::chrono::system_clock::time_point(std::chrono::milliseconds(1234567));
  record.boot_id = "b00t";
  record.slices = {mig_slice(1), mig_slice(2)};
  record.reason = "two on one GPU";
  return record;
}

TEST(Record, ComesBackAsItWasWritten) {
  const auto read = parse_record(print_record(sample()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->slices, sample().slices);
  EXPECT_EQ(read->holder.pid, 42);
  EXPECT_EQ(read->holder.command, "python3 train.py");
  EXPECT_EQ(read->holder.since, sample().holder.since);
  EXPECT_EQ(read->boot_id, "b00t");
  EXPECT_EQ(read->reason, "two on one GPU");
}

TEST(Record, WaiterComesBackAsItWasWritten) {
  Waiter waiter;
  waiter.request = any(4);
  waiter.request.memory_bytes = 5;
  waiter.request.named = {"0:1"};
  waiter.request.gpus = {0, 2};
  waiter.request.same_gpu = true;
  waiter.candidates = {"MIG-1", "MIG-2"};
  const auto read = parse_waiter(print_waiter(waiter));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->request, waiter.request);
  EXPECT_EQ(read->candidates, waiter.candidates);
}

TEST(Record, NeverTellsWhoTheUserIs) {
  auto record = sample();
  record.holder.uid = 7;
  record.holder.user = "anna";
  const auto read = parse_record(print_record(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->holder.uid, 0U);
  EXPECT_EQ(read->holder.user, "");
}

TEST(Record, CommandNeedNotBeText) {
  auto record = sample();
  record.holder.command =
      "caf\xe9 \x1b[31m \xc2\x9b"
      "2J";
  const auto read = parse_record(print_record(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->holder.command.find('\x1b'), std::string::npos);
  EXPECT_EQ(read->holder.command.find("\xc2\x9b"), std::string::npos);
}

/// The record with one field of its JSON replaced.
std::optional<LeaseRecord> with(const char* pointer, const json& value) {
  auto content = json::parse(print_record(sample()));
  content[json::json_pointer(pointer)] = value;
  return parse_record(content.dump());
}

TEST(Record, WhatIsNotAsItShouldBeIsNoRecord) {
  EXPECT_TRUE(with("/holder/pid", 1));
  EXPECT_FALSE(with("/version", 2));
  EXPECT_FALSE(with("/holder/pid", 1e300));
  EXPECT_FALSE(with("/holder/pid", std::int64_t{1} << 40));
  EXPECT_FALSE(with("/holder/since_unix_ms", std::int64_t{1} << 62));
  EXPECT_FALSE(with("/holder/since_unix_ms", -1));
  EXPECT_FALSE(with("/slices/0/memory_bytes", -1));
  EXPECT_FALSE(with("/slices/0/kind", "whole"));
  EXPECT_FALSE(with("/slices", "none"));
  EXPECT_FALSE(with("/reason", nullptr));
}

TEST(Record, GarbageIsNoRecord) {
  EXPECT_FALSE(parse_record(""));
  EXPECT_FALSE(parse_record("{"));
  EXPECT_FALSE(parse_record("[1, 2]"));
  EXPECT_FALSE(parse_record(std::string(100'000, '[')));
  EXPECT_FALSE(parse_waiter(print_record(sample())));
}

}  // namespace
}  // namespace septet
