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

/// What `look` finds at a communicator of two ranks that `path` is forced on.
template <typename Look>
auto found(Path path, BufferPlace buffers, const Look& look) {
  Settings settings;
  settings.path = path;
  const Token token = random_token();
  const auto join = [&](int rank) {
    const Membership own{.token = token, .rank = rank, .ranks = 2, .slice = ""};
    return std::make_unique<CommunicatorState>(own, settings, buffers);
  };
  std::jthread other([&] { join(1); });
  return look(*join(0));
}

/// How all-reduces of 8 bytes and of 1 MiB go, and an all-gather.
std::array<Path, 3> paths_taken(Path path) {
  return found(path, BufferPlace::host, [](const CommunicatorState& state) {
    const auto of_sum = [&](std::size_t count) {
      return state.host_path_of(
          all_reduce(nullptr, nullptr, count, DataType::float32, Reduction::sum));
    };
    return std::array{of_sum(2), of_sum(1 << 18),
                      state.host_path_of(all_gather(nullptr, nullptr, 2, DataType::float32))};
  });
}

PacketLimits packets_with(Path path) {
  return found(path, BufferPlace::device,
               [](const CommunicatorState& state) { return state.layout().capacity().packets; });
}

TEST(Path, OfHostBuffersIsBySizeUnlessItIsForced) {
  using enum Path;
  EXPECT_EQ(paths_taken(automatic), (std::array{one_hop, ring, ring}));
  EXPECT_EQ(paths_taken(one_hop), (std::array{one_hop, one_hop, ring}));
  EXPECT_EQ(paths_taken(ring), (std::array{ring, ring, ring}));
  EXPECT_EQ(paths_taken(packets), paths_taken(automatic)) << "it is of device buffers";
}

TEST(Path, OfPacketsIsTakenAsFarAsTheyHold) {
  const auto one = packets_with(Path::packets);
  EXPECT_EQ(one.one_phase_words, one.capacity - 1);
  EXPECT_EQ(one.most_words, one.capacity - 1);
  EXPECT_EQ(packets_with(Path::packets_two_phases).one_phase_words, 0U);
  EXPECT_GT(packets_with(Path::one_hop).one_phase_words, 0U) << "it is of host buffers";
}

}  // namespace
}  // namespace septet
