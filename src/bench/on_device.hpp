// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/library.hpp"
#include "bench/memory.hpp"

#include <memory>

namespace septet::bench {

/// Whether this program was built with CUDA. Otherwise the functions below throw Error `device`.
[[nodiscard]] bool has_cuda() noexcept;

/// Memory of the first device that this process sees, and a stream of its own there. Throws Error
/// `device`.
[[nodiscard]] std::unique_ptr<Memory> device_memory();

/// Septet on device buffers. Blocks until the other ranks have come. `memory` must outlive it.
[[nodiscard]] std::unique_ptr<Library> septet_on_device(const Membership& membership,
                                                        Memory& memory, const Way& way = {});

/// Septet on device buffers, each call replayed from a CUDA graph. As above.
[[nodiscard]] std::unique_ptr<Library> septet_in_graphs(const Membership& membership,
                                                        Memory& memory);

}  // namespace septet::bench
