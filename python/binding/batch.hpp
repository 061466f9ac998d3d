// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "binding/array.hpp"
#include <septet/operation.hpp>

#include <vector>

namespace septet::python {

/// Operations to run as one group, and the arrays that they work on, kept until it has run.
struct Batch {
  std::vector<Operation> operations;
  std::vector<Array> arrays;

  void add(const std::vector<Operation>& more, const std::vector<Array>& theirs) {
    operations.insert(operations.end(), more.begin(), more.end());
    arrays.insert(arrays.end(), theirs.begin(), theirs.end());
  }
};

}  // namespace septet::python
