// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/communicator_state.hpp"
#include "communicate/host/lanes.hpp"
#include <septet/operation.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace septet {

/// A copy between the buffer of a message and a window.
struct CopyOrder {
  std::byte* to = nullptr;
  const std::byte* from = nullptr;
  std::size_t bytes = 0;
};

/// The sends and receives of a group whose buffers no host thread can reach. They go through
/// windows of host memory, one for each peer and direction, in rounds: between two of them somebody
/// else makes the copies that the first one ordered.
///
/// A message is cut into parts by nothing but its size, so both ends cut it alike. How many parts a
/// window holds is each end's own affair, and a round is over once one window is done with and
/// nothing else moves: no window waits for another one, so ranks may divide and order their groups
/// as they like.
class Errand {
 public:
  static constexpr std::size_t window_bytes = 1 << 20;
  static constexpr std::size_t most_copied = 64 << 10;  ///< Bytes of one order: for one block.
  static constexpr std::size_t most_orders = 64;        ///< Of one window in one round.

  /// Those of all ranks, by rank.
  struct Windows {
    std::byte* out = nullptr;
    std::byte* in = nullptr;
  };

  /// Requires: valid messages, at least one, none to this rank itself.
  Errand(CommunicatorState& state, std::span<const Operation> messages, const Windows& windows);

  /// How many rounds it takes at most.
  [[nodiscard]] std::size_t rounds() const;

  /// Begins, also once more after the last round. Returns what is to be copied before the first.
  std::span<const CopyOrder> begin();

  /// One round: once the copies of the one before are made. Blocks; throws as run_on_host. Returns
  /// what is to be copied after it.
  std::span<const CopyOrder> run();

 private:
  /// What goes through a window as one message. Its operation is on the window.
  struct Part {
    Operation operation;
    std::byte* buffer;
  };
  /// What is in a window at once.
  struct Load {
    std::vector<Part> parts;
    std::size_t bytes = 0;
    std::size_t orders = 0;
  };
  /// A window, and all that goes through it.
  struct Way {
    int peer;
    bool sends;
    std::byte* window;
    std::vector<Load> loads = {};
    std::size_t next = 0;  ///< The load that is in the window, or will be.
    bool moves = false;    ///< It is under way.
    std::size_t lane = 0;  ///< Of lanes_, when it has moved.
  };

  [[nodiscard]] Way& way_of(const Operation& message, const Windows& windows);
  static void add(Way& way, const Operation& message);
  static void add_part(Way& way, const Part& part);
  void order_copies(const Way& way);
  void set_out(Way& way);
  void come_back(Way& way);

  CommunicatorState& state_;
  Operation first_;
  std::vector<Way> ways_;
  std::optional<Lanes> lanes_;
  std::vector<CopyOrder> orders_;
};

}  // namespace septet
