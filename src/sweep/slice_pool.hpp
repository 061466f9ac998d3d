// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/environment.hpp>
#include <septet/lease.hpp>
#include <septet/request.hpp>

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace septet {

/// The slices that a sweep works on: one lease each, so that they come and go one by one.
class SlicePool {
 public:
  using Leases = std::list<Lease>;  ///< A slot refers to its lease while others come and go.

  /// What stays the same for all requests of a sweep. Borrowed.
  struct Frame {
    const LeaseFolder& folder;
    Driver& driver;
    const Environment& environment;
    Request request;
    std::string command;
  };

  /// Takes over what was granted together.
  SlicePool(Frame frame, Lease granted);

  [[nodiscard]] std::size_t size() const { return leases_.size(); }
  [[nodiscard]] Leases& leases() { return leases_; }

  /// One more slice like the others, if one is free now and nobody waits for it.
  Lease* try_grow();

  void give_back(const Lease& lease);

  /// Whether somebody waits in the queue who could use `lease`.
  [[nodiscard]] bool is_wanted(const Lease& lease) const;

  /// Those that are no longer what was leased, by a survey of now. Throws what survey throws.
  [[nodiscard]] std::vector<Lease*> lost();

  /// As of the last survey.
  [[nodiscard]] const Host& host() const { return host_; }

 private:
  void adopt(Lease lease);

  Frame frame_;
  Leases leases_;
  Host host_;
};

}  // namespace septet
