// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/memory.hpp"
#include "bench/way.hpp"
#include <septet/communicator.hpp>
#include <septet/operation.hpp>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace septet::bench {

/// A library of collectives, as one rank calls it. One thread.
class Library {
 public:
  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  virtual ~Library() = default;

  /// What the table calls it, e.g. "septet" or "nccl 2.30.7".
  [[nodiscard]] virtual std::string name() const = 0;

  /// Runs a group of operations on Memory's queue; or, of host memory, to its end. Throws Error
  /// when the library refuses; all ranks get the same answer.
  virtual void run(std::span<const Operation> group) = 0;

  /// How `group`, which is not empty, goes, e.g. "ring"; empty: not known. Throws Error `device`
  /// when it is not to be done in that way, on all ranks.
  [[nodiscard]] virtual std::string path_of(std::span<const Operation> /*group*/) const {
    return {};
  }

  /// Whether its results are the same bits whatever the order in which numbers were added.
  [[nodiscard]] virtual bool is_exact(const Operation& operation, int ranks) const = 0;
};

/// Septet itself, on host memory. Blocks until the other ranks have come.
[[nodiscard]] std::unique_ptr<Library> septet_on_host(const Membership& membership,
                                                      const Way& way = {});

/// NVIDIA's library, or one that looks like it, from `file`. `ranks` hands on its id. Throws Error
/// `device` with what the library says when it refuses, on every rank; `argument` when `file` is
/// none.
[[nodiscard]] std::unique_ptr<Library> nccl(const std::filesystem::path& file, Communicator& ranks,
                                            Memory& memory);

}  // namespace septet::bench
