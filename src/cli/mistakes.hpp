// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/allocation.hpp"

#include <string>
#include <vector>

namespace septet::cli {

/// A mistake that keeps a process from the devices it was given.
struct Mistake {
  std::string name;  ///< For programs: "several-slices". docs/check.md lists all.
  std::string what;
  std::string why;
  std::string remedy;
};

/// The usual mistakes that `sight` shows, in the order in which docs/check.md explains them. Pure.
[[nodiscard]] std::vector<Mistake> find_mistakes(const Sight& sight);

}  // namespace septet::cli
