// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "binding/batch.hpp"
#include <septet/communicator.hpp>

namespace septet::python {

/// Runs a batch with arrays in device memory. This build knows host memory alone: throws Error
/// `device`, which says so. Requires: the GIL.
void run_on_device(Communicator& communicator, const Batch& batch);

}  // namespace septet::python
