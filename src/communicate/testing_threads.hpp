// SPDX-License-Identifier: Apache-2.0
// Ranks as threads of a test.
#pragma once

#include <septet/communicator.hpp>

#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace septet {

/// What became of each rank: the message of the error that it ended with, or nothing.
using Outcomes = std::vector<std::string>;

/// Runs `body` for each rank on a thread of its own.
inline Outcomes run_threads(int ranks, const std::function<void(int rank)>& body) {
  Outcomes outcomes(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        body(rank);
      } catch (const std::exception& error) {
        outcomes[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return outcomes;
}

/// The same with each rank's communicator, a new one.
inline Outcomes run_ranks(int ranks, const std::function<void(Communicator&)>& body) {
  const Token token = random_token();
  return run_threads(ranks, [&](int rank) {
    Communicator communicator({.token = token, .rank = rank, .ranks = ranks, .slice = "test"});
    body(communicator);
  });
}

/// No rank ended with an error.
inline Outcomes all_well(int ranks) { return Outcomes(static_cast<std::size_t>(ranks)); }

}  // namespace septet
