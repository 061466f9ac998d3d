// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/contender.hpp"
#include <septet/environment.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace septet::bench {

/// PyTorch's Gloo and where its ranks meet.
struct GlooOptions {
  std::string python = "python3";  ///< Which has PyTorch.
  std::filesystem::path folder;    ///< The same of all ranks, new, and gone after they end.
  bool on_device = false;  ///< Tensors of CUDA, copied from and to the host outside of times.
};

/// Starts a Python process beside each rank, which calls torch.distributed on buffers that this
/// process fills and judges. Throws Error `device` on every rank when one has no PyTorch with Gloo,
/// or cannot join. Called by all ranks, which must outlive it, from their main threads.
[[nodiscard]] std::unique_ptr<Contender> gloo(const GlooOptions& options,
                                              const Environment& environment, Communicator& ranks);

}  // namespace septet::bench
