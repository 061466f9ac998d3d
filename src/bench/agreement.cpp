// SPDX-License-Identifier: Apache-2.0
#include "bench/agreement.hpp"

#include <septet/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace septet::bench {
namespace {

/// A rank's objection as ranks exchange it; an empty text is none.
using Slip = std::array<char, 512>;

Slip slip_of(const std::optional<std::string>& objection) {
  Slip slip{};
  if (!objection) return slip;
  const auto text = objection->empty() ? std::string("no reason given") : *objection;
  std::memcpy(slip.data(), text.data(), std::min(text.size(), slip.size() - 1));
  return slip;
}

}  // namespace

std::optional<std::string> any_objection(Communicator& ranks,
                                         const std::optional<std::string>& own) {
  const Slip mine = slip_of(own);
  std::vector<Slip> all(static_cast<std::size_t>(ranks.size()));
  ranks.all_gather(mine.data(), all.data(), mine.size(), DataType::uint8);
  for (const auto& slip : all) {
    if (slip.front() != '\0') return std::string(slip.data());
  }
  return {};
}

std::optional<std::string> refusal_of(Communicator& ranks, const std::function<void()>& attempt) {
  std::optional<std::string> own;
  try {
    attempt();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::peer) throw;
    own = error.what();
  } catch (const std::bad_alloc&) {
    own = "not enough memory";
  }
  return any_objection(ranks, own);
}

std::vector<double> slowest(Communicator& ranks, std::span<const double> own) {
  std::vector<double> all(own.size());
  ranks.all_reduce(own.data(), all.data(), own.size(), DataType::float64, Reduction::max);
  return all;
}

}  // namespace septet::bench
