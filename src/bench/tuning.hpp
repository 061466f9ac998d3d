// SPDX-License-Identifier: Apache-2.0
// `septet bench --tune`: manners to try, and the table of those that were fastest.
#pragma once

#include "bench/way.hpp"
#include "communicate/tuning_table.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace septet::bench {

/// A manner to try, as one row of each size.
struct Candidate {
  std::string name;
  Manner manner;
  std::uint64_t most_bytes = UINT64_MAX;  ///< It is not tried on more: it cannot be the fastest.
  Path path = Path::automatic;            ///< It is not tried on what does not go so.
};

/// A few values of each knob, not all combinations. The first is as Septet chooses.
[[nodiscard]] std::vector<Candidate> candidates_for(BufferPlace buffers);

/// With the environment's settings, but for those that the candidate's manner takes the place of.
[[nodiscard]] Way way_of(const Candidate& candidate, BufferPlace buffers, int ranks);

/// How long a call of some size took in a candidate's manner.
struct Trial {
  std::uint64_t bytes = 0;
  std::string candidate;
  double us = 0;
};

/// A line of a table, and why.
struct TunedLine {
  TuningLine line;
  std::string figures;  ///< Of the sizes that it is for.
};

/// The lines for `ranks` ranks that `trials` speak for. A manner is left, from size to size, only
/// for one that is a twentieth faster: less is noise. Between two sizes that were measured, the
/// line is drawn at their geometric mean.
[[nodiscard]] std::vector<TunedLine> best_of(std::span<const Trial> trials, BufferPlace buffers,
                                             int ranks);

/// The table `text`, or a new one when it is empty, with `lines` in place of those for the same
/// buffers and ranks, under the comment `origin`. Throws Error `argument` that names `name` when
/// `text` is no table.
[[nodiscard]] std::string with_lines(const std::string& text, const std::string& name,
                                     std::span<const TunedLine> lines, const std::string& origin);

}  // namespace septet::bench
