// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/announce.hpp"

#include "communicate/abi/communicator.hpp"
#include "communicate/abi/log.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace septet::abi {
namespace {

/// What is warned of once in a process.
enum class Warning : std::uint8_t { shared_memory_off, time_slices };

void warn_once(Warning about, std::string_view text) {
  static std::array<std::atomic<bool>, 2> said{};
  if (!said.at(static_cast<std::size_t>(about)).exchange(true)) warn(text);
}

void warn_of_settings() {
  if (variable("NCCL_SHM_DISABLE") != "1") return;
  warn_once(Warning::shared_memory_off,
            "NCCL_SHM_DISABLE=1 has no effect: data of slices goes through host memory, which is "
            "the only way there is. Unset it");
}

void warn_of_time_slices(std::string_view path) {
  if (path.find("time slices") == std::string_view::npos) return;
  warn_once(Warning::time_slices,
            "ranks share a GPU by time slices, so that only one runs at a time and each call waits "
            "for turns: give each rank a MIG slice, or start CUDA MPS (septet run --devices mps:N "
            "does)");
}

std::string text_of(const Comm& comm, std::string_view path) {
  const auto& name = comm.config().name;
  const auto& slice = comm.membership().slice;
  return "communicator " + (name.empty() ? "" : "\"" + name + "\" ") + "rank " +
         std::to_string(comm.rank()) + " nranks " + std::to_string(comm.size()) + " cudaDev " +
         std::to_string(comm.device()) + (slice.empty() ? "" : " (" + slice + ")") + ": " +
         std::string(path);
}

}  // namespace

void announce(const Comm& comm) noexcept {
  try {
    const auto path = comm.channel().path();
    if (informs(Subsystem::init)) inform(Subsystem::init, text_of(comm, path));
    warn_of_settings();
    warn_of_time_slices(path);
  } catch (...) {  // A log line that finds no memory.
  }
}

}  // namespace septet::abi
