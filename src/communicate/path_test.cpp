// SPDX-License-Identifier: Apache-2.0
#include "communicate/path.hpp"

#include "communicate/communicator_state.hpp"
#include "communicate/settings.hpp"
#include <septet/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <thread>

namespace septet {
namespace {

TEST(Path, IsForcedByTheWordThatTellsIt) {
  for (const auto buffers : {BufferPlace::host, BufferPlace::device}) {
    for (const Path path : paths_for(buffers)) EXPECT_EQ(parse_path(name_of(path)), path);
  }
  for (const auto* word : {"", "rings", "messages", "alone", "Ring"}) {
    EXPECT_EQ(parse_path(word), std::nullopt) << word;
  }
}

TEST(Path, TheEnvironmentNamesOneOrNothingRuns) {
  ::setenv("SEPTET_PATH", "ring_host", 1);
  EXPECT_EQ(settings_from_environment().path, Path::ring_host);
  ::setenv("SEPTET_PATH", "circle", 1);
  EXPECT_THROW(static_cast<void>(settings_from_environment()), Error);
  ::unsetenv("SEPTET_PATH");
  EXPECT_EQ(settings_from_environment().path, Path::automatic);
}

TEST(Path, ARingIsARingWhoeverCombines) {
  EXPECT_TRUE(is_kind_of(Path::ring_host, Path::ring));
  EXPECT_FALSE(is_kind_of(Path::ring, Path::ring_host));
  EXPECT_FALSE(is_kind_of(Path::packets, Path::ring));
}

/// How all-reduces of 8 bytes and of 1 MiB go, and an all-gather, where `path` is forced.
std::array<Path, 3> paths_taken(Path path) {
  constexpr int ranks = 2;
  Settings settings;
  settings.path = path;
  const Token token = random_token();
  const auto join = [&](int rank) {
    const Membership own{.token = token, .rank = rank, .ranks = ranks, .slice = ""};
    return std::make_unique<CommunicatorState>(own, settings, BufferPlace::host);
  };
  const std::jthread other([&] { join(1); });
  const auto state = join(0);
  const auto of_sum = [&](std::size_t count) {
    return state->host_path_of(
        all_reduce(nullptr, nullptr, count, DataType::float32, Reduction::sum));
  };
  return {of_sum(2), of_sum(1 << 18),
          state->host_path_of(all_gather(nullptr, nullptr, 2, DataType::float32))};
}

TEST(Path, OfHostBuffersIsBySizeUnlessItIsForced) {
  using enum Path;
  EXPECT_EQ(paths_taken(automatic), (std::array{one_hop, ring, ring}));
  EXPECT_EQ(paths_taken(one_hop), (std::array{one_hop, one_hop, ring}));
  EXPECT_EQ(paths_taken(ring), (std::array{ring, ring, ring}));
  EXPECT_EQ(paths_taken(packets), paths_taken(automatic)) << "it is of device buffers";
}

PacketLimits packets_by(Path path) {
  return limits_in(forced({}, path), {.capacity = 100, .one_phase_words = 20, .most_words = 50});
}

TEST(Path, OfPacketsIsTakenAsFarAsTheyHold) {
  EXPECT_EQ(packets_by(Path::packets).one_phase_words, 99U);
  EXPECT_EQ(packets_by(Path::packets).most_words, 99U);
  EXPECT_EQ(packets_by(Path::packets_two_phases).one_phase_words, 0U);
  EXPECT_EQ(packets_by(Path::automatic).one_phase_words, 20U);
}

}  // namespace
}  // namespace septet
