// SPDX-License-Identifier: Apache-2.0
// What hosts tell each other of a communicator of devices, beside its own collectives.
#include "communicate/communicator_state.hpp"
#include "communicate/host/run.hpp"
#include "communicate/settings.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace septet {
namespace {

TEST(Control, CollectivesOfTheControlRingGoBesideTheOthers) {
  const Token token = random_token();
  std::vector<std::thread> ranks;
  std::vector<std::int32_t> sums(6);
  for (int rank = 0; rank < 3; ++rank) {
    ranks.emplace_back([&, rank] {
      CommunicatorState state({.token = token, .rank = rank, .ranks = 3, .slice = ""}, Settings{},
                              BufferPlace::host);
      Passage control(state.layout().control_ring(state.memory().data(), rank));
      std::int32_t mine[] = {rank + 1, 10 * (rank + 1)};
      for (const auto number : {0, 1}) {
        const auto sum =
            all_reduce(mine + number, mine + number, 1, DataType::int32, Reduction::sum);
        const HostGroup group{
            &state, number == 0 ? &control : &state.passage(), {&sum, 1}, number == 1};
        run_on_host({&group, 1});
        sums[static_cast<std::size_t>(2 * rank + number)] = mine[number];
      }
    });
  }
  for (auto& rank : ranks) rank.join();
  EXPECT_EQ(sums, (std::vector<std::int32_t>{6, 60, 6, 60, 6, 60}));
}

}  // namespace
}  // namespace septet
