// SPDX-License-Identifier: Apache-2.0
// What communicators take beside time: memory, threads, processor time while nobody calls.
#pragma once

#include "bench/library.hpp"
#include "bench/memory.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace septet::bench {

/// A library, and how each time another communicator of it is made: by all ranks; throws Error.
struct Maker {
  std::string name;  ///< For the case that none can be made.
  std::function<std::unique_ptr<Library>()> make;
};

/// What one communicator took of one rank; of the ranks the most. Plain value.
struct Resources {
  std::string what;                         ///< "septet", "septet, one more", or "none".
  std::optional<std::string> refused = {};  ///< Why there is nothing else.
  double create_ms = 0;
  double destroy_ms = 0;
  std::optional<double> device_mib = {};  ///< Nothing on the host.
  double host_mib = 0;                    ///< Its share of shared memory, and what is its own.
  double threads = 0;
  double idle_cores = 0;  ///< Of the whole process: processor time by time.
};

/// Measures a rank without any, and then communicators of each of `libraries`: the first, which may
/// load code, and one more beside it. All are used before they are looked at, since some take
/// memory only then, and left alone for `idle`. `tell` gets each as it is done. Called by all
/// ranks.
void measure_resources(std::span<const Maker> libraries, std::chrono::milliseconds idle,
                       Memory& memory, Communicator& ranks,
                       const std::function<void(const Resources&)>& tell);

/// The lines above the table, and a line of it.
[[nodiscard]] std::string resources_heading();
[[nodiscard]] std::string text_of(const Resources& resources);

}  // namespace septet::bench
