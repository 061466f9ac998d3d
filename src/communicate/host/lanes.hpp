// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/host/agent.hpp"
#include "communicate/passage.hpp"
#include "communicate/steps/exchange.hpp"
#include "communicate/steps/message.hpp"
#include <septet/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace septet {

/// What a rank cannot get past, for messages.
struct Obstacle {
  int rank = -1;             ///< Whom it waits for.
  Description mine;          ///< What it is at itself,
  Description theirs;        ///< and what the other did last.
  bool is_mismatch = false;  ///< The other is at something else, and so will never move.
};

/// Operations of one rank that run one after another: the collectives of a group, or the messages
/// to or from one peer. Never waits.
class Lane {
 public:
  Lane(Passage& passage, int peer) : passage_(&passage), peer_(peer) {}

  void add(const Operation& operation) { queue_.push_back(operation); }

  /// Not to be moved from the first call on.
  [[nodiscard]] Step advance();

  /// Adds what the last try, which was in vain, could not get past.
  void tell_obstacles(std::vector<Obstacle>& all) const;

  /// What the last try met, when it told a mismatch.
  [[nodiscard]] Obstacle mismatch() const;

 private:
  friend class Lanes;

  struct Collective {
    Collective(Passage& passage, const Operation& operation);
    ExchangePlan plan;
    Exchange<HostAgent> steps;
  };
  template <typename Steps>
  struct Message {
    MessagePlan plan;
    Steps steps;
    Message(Passage::Way& way, const Operation& operation);
  };
  using Outgoing = Message<Sending<HostAgent>>;
  using Incoming = Message<Receiving<HostAgent>>;

  void begin(const Operation& operation);
  void announce(const ExchangePlan& plan);
  [[nodiscard]] Obstacle obstacle_of(const Collective& collective, int rank) const;
  [[nodiscard]] Step try_step();
  void end();

  Passage* passage_;
  int peer_;  ///< -1: collectives
  HostAgent agent_;
  std::vector<Operation> queue_;
  std::size_t next_ = 0;
  std::variant<std::monostate, Collective, Outgoing, Incoming> current_;
};

/// One group of one communicator, as lanes that progress together.
class Lanes {
 public:
  /// Messages to oneself are done here and now. Requires: every operation is valid.
  /// Throws Error `usage` when a message to oneself lacks its other half.
  Lanes(Passage& passage, std::span<const Operation> group);

  /// None yet.
  explicit Lanes(Passage& passage) : passage_(&passage) {}

  /// Lets a lane do `operation` when it has done what it was given before; returns that lane.
  /// Requires: valid, and not to oneself; once any has moved, of a lane that there is.
  std::size_t add(const Operation& operation);

  /// Whether a lane has done all that it was given, and how many have.
  [[nodiscard]] bool has_ended(std::size_t lane) const { return ended_[lane]; }
  [[nodiscard]] std::size_t count_ended() const;

  /// One try of every lane. `moved` when any moved, `mismatch` when one cannot go on.
  [[nodiscard]] Step advance();

  /// Of the lanes that wait.
  [[nodiscard]] std::vector<Obstacle> obstacles() const;
  /// Of the lane whose advance told a mismatch.
  [[nodiscard]] Obstacle mismatch() const { return lanes_[mismatched_].mismatch(); }

  /// The only rank that is waited for, + 1, or any_rank.
  [[nodiscard]] std::uint32_t waits_for() const;

 private:
  [[nodiscard]] std::size_t lane_of(const Operation& operation);

  Passage* passage_;
  std::vector<Lane> lanes_;
  std::vector<bool> ended_;
  std::size_t mismatched_ = 0;
};

}  // namespace septet
