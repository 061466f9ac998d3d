// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/space.hpp>

#include <optional>
#include <string>
#include <vector>

namespace septet {

/// What a search chooses one value of. A random parameter is one; so is an axis, whose choices are
/// its rows: parameters that change together are chosen together.
struct Dimension {
  std::string name;  ///< Of an axis with several names: "model,size".
  Law law = Law::choice;
  double low = 0;
  double high = 0;
  std::vector<std::string> choices;  ///< Each once; of several names: a CSV record.
};

/// Axes first, as parameters_of has them. Throws Error `usage` for a value that is not UTF-8, which
/// a search cannot name.
[[nodiscard]] std::vector<Dimension> dimensions_of(const Space& space);

/// What a trial tries, from one value for each dimension. Throws Error `internal` for a choice that
/// is none.
[[nodiscard]] Parameters chosen_parameters(const Space& space,
                                           const std::vector<std::string>& values);

/// The reverse; nothing when `parameters` are not those of this space.
[[nodiscard]] std::optional<std::vector<std::string>> chosen_values(const Space& space,
                                                                    const Parameters& parameters);

}  // namespace septet
