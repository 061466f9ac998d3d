// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/collective.hpp"
#include "bench/data.hpp"
#include "bench/library.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace septet::bench {

/// One library in a contest: it is given a case, checked on it and then timed, several times.
/// Called by all ranks alike, in this order: begin, wrong, then the times in any order.
class Contender {
 public:
  Contender() = default;
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;
  virtual ~Contender() = default;

  [[nodiscard]] virtual std::string name() const = 0;

  /// Gets ready for `each` and calls it once; why it cannot, the same on all ranks.
  [[nodiscard]] virtual std::optional<std::string> begin(const Case& each, Form form) = 0;

  /// How that call went, e.g. "ring"; empty: not known.
  [[nodiscard]] virtual std::string path() const { return {}; }

  /// Elements of all ranks that came out wrong of that call; nothing: not checked.
  [[nodiscard]] virtual std::optional<std::uint64_t> wrong(Check check) = 0;

  /// Microseconds a call of this rank: of `calls` enqueued one after the other.
  [[nodiscard]] virtual double back_to_back(int calls) = 0;

  /// Microseconds of each of `calls` calls of this rank, which begin together and are waited for.
  [[nodiscard]] virtual std::vector<double> alone(int calls) = 0;
};

/// `library` with buffers in `memory`. Both, and `ranks`, must outlive it.
[[nodiscard]] std::unique_ptr<Contender> contender(Library& library, Memory& memory,
                                                   Communicator& ranks);

}  // namespace septet::bench
