// SPDX-License-Identifier: Apache-2.0
// How a rank lets go of its communicator without waiting for what others have on the device.
//
// To free device memory, or to unregister host memory, CUDA waits for everything that the process
// has on the device: also for work of the program that may never end, when a communicator is let go
// of because it broke. And its own kernels, enqueued behind such work, are still to come, and read
// that memory. So what a broken communicator needs on the device stays until its calls have ended,
// and some other communicator is made, or let go of whole, where CUDA may wait anyway. The end of
// the process frees the rest.
#pragma once

#include "communicate/cuda/engine.hpp"

#include <memory>

namespace septet {

/// Ends `engine`: now, when its communicator is whole, which waits for its calls; of a broken one
/// only the threads now, and the rest later. In a forked child nothing is done: what the engine has
/// is the parent's.
void let_go(std::unique_ptr<DeviceEngine> engine) noexcept;

/// Frees what broken communicators have left, as far as their calls have ended. May wait for other
/// work on the device.
void free_leftovers() noexcept;

}  // namespace septet
