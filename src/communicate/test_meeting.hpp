// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/meeting.hpp"
#include <septet/error.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace septet {

constexpr std::size_t test_segment_bytes = 8192;
constexpr std::uint64_t test_terms = 42;

/// For tests: what a rank brings to a meeting.
struct Rank {
  Membership membership;
  std::size_t segment_bytes = test_segment_bytes;
  std::uint64_t terms = test_terms;
  MeetingPlace place;
};

/// For tests: the ranks of one communicator, 0 first.
[[nodiscard]] inline std::vector<Rank> ranks_of(int count, const MeetingPlace& place = {}) {
  const auto token = random_token();
  std::vector<Rank> ranks;
  for (int rank = 0; rank < count; ++rank) {
    ranks.push_back({.membership = {.token = token,
                                    .rank = rank,
                                    .ranks = count,
                                    .slice = "MIG-" + std::to_string(rank),
                                    .meeting_limit = std::chrono::seconds(60)},
                     .place = place});
  }
  return ranks;
}

/// For tests: what came of one meet().
struct Attempt {
  std::optional<Meeting> meeting;
  std::optional<Error> error;

  [[nodiscard]] std::string text() const { return error ? error->what() : "they met"; }
  [[nodiscard]] bool failed_as(ErrorKind kind) const { return error && error->kind() == kind; }
};

[[nodiscard]] inline Attempt attempt(const Rank& rank) {
  try {
    return {.meeting = meet(rank.membership, rank.segment_bytes, rank.terms, rank.place),
            .error = {}};
  } catch (const Error& error) {
    return {.meeting = {}, .error = error};
  }
}

/// For tests: every rank in a thread of its own, started in this order.
[[nodiscard]] inline std::vector<Attempt> meet_in_threads(const std::vector<Rank>& ranks) {
  std::vector<Attempt> attempts(ranks.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      threads.emplace_back([&, i] { attempts[i] = attempt(ranks[i]); });
    }
  }
  return attempts;
}

/// For tests: entries of a folder under /proc/self, which count descriptors and threads.
[[nodiscard]] inline std::ptrdiff_t count_in_proc(const std::string& what) {
  return std::ranges::distance(std::filesystem::directory_iterator("/proc/self/" + what),
                               std::filesystem::directory_iterator());
}

}  // namespace septet
