// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/driver.hpp>

#include <cstdint>
#include <memory>

namespace septet {

/// The most stand-ins that one GPU is cut into: the clients that one MPS server takes a device.
/// Source: MPS documentation, CUDA up to 13.0; later ones take 60.
inline constexpr int most_mps_shares = 48;

/// A driver whose whole GPUs are each cut into `shares` equal stand-ins, kept apart by CUDA MPS as
/// docs/mps.md tells. GPUs that `gpus` does not show as whole stay as they are.
///
/// Only describes: who runs on a stand-in needs its daemon (launch/mps_daemon.hpp). Throws Error
/// `argument` unless `shares` is from 1 to most_mps_shares.
[[nodiscard]] std::unique_ptr<Driver> open_mps(int shares, std::unique_ptr<Driver> gpus);

/// The N of a stand-in that is one of N, 1 for any other slice.
[[nodiscard]] int mps_shares(const Slice& slice);

/// CUDA_MPS_ACTIVE_THREAD_PERCENTAGE of one of `shares` equal stand-ins: whole per cent, rounded
/// down, so that all together never ask for more than the GPU has.
[[nodiscard]] int mps_percentage(int shares);

/// SMs that CUDA shows a client which is limited to `percentage` of `multiprocessors`.
///
/// Even, rounded down: SMs come in pairs (TPCs) since Volta. Measured: 14 % of an H100's 132 gave
/// 18. Not documented, so `septet check` compares it with what CUDA says.
[[nodiscard]] int mps_multiprocessors(int multiprocessors, int percentage);

/// Device memory of one of `shares` equal stand-ins, in whole MiB: an equal part of what is left
/// after a reserve of 1 GiB (a sixteenth of a GPU below 16 GiB). The reserve is for what NVML
/// counts but the driver keeps (about 0.6 GiB of an H100) and for the MPS server itself.
[[nodiscard]] std::uint64_t mps_memory(std::uint64_t gpu_bytes, int shares);

}  // namespace septet
