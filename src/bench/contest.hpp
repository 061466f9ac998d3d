// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/contender.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace septet::bench {

/// What is to be measured: every case is a combination of these.
struct Program {
  std::vector<Collective> collectives;
  std::vector<DataType> types;
  std::vector<Reduction> reductions;
  std::vector<std::uint64_t> sizes;
  std::vector<Form> forms;
  Check check = Check::sampled;
  int iterations = 0;  ///< Calls a round; 0: by size.
  int warmup = 5;
};

/// What one library did with one form of one case. Times in microseconds, of the slowest rank.
struct Figures {
  std::optional<std::string> refused = {};  ///< Why there are none.
  std::vector<double> back_to_back = {};    ///< A call, of each round.
  std::vector<double> alone = {};           ///< Each call, waited for.
  std::optional<std::uint64_t> wrong = {};  ///< Elements, of all ranks; nothing: not checked.
};

/// One library on one case.
struct Row {
  Case each;
  std::string library;
  std::string path = {};                     ///< How it went; empty: not known, or refused.
  std::optional<Figures> out_of_place = {};  ///< Nothing: not asked for, or there is no such form.
  std::optional<Figures> in_place = {};
};

/// The cases of `program`, in order: by collective, type, reduction, then size. Collectives that
/// combine nothing have one reduction.
[[nodiscard]] std::vector<Case> cases_of(const Program& program, int ranks);

/// Rounds in which the libraries take turns, so that what disturbs one disturbs all.
inline constexpr int rounds = 3;

/// Measures all cases. `tell` gets the rows of a case, one for each library, when it is done.
/// Called by all ranks, with the same program.
void run(const Program& program, const std::vector<std::unique_ptr<Contender>>& contenders,
         Communicator& ranks, const std::function<void(const std::vector<Row>&)>& tell);

}  // namespace septet::bench
