// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/operation.hpp>
#include <septet/token.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace septet {

class CommunicatorState;

/// Who meets, and within which limits.
struct Membership {
  Token token;
  int rank = 0;
  int ranks = 1;      ///< At most max_ranks.
  std::string slice;  ///< What messages call this rank's device, e.g. "MIG-…"; may be empty.

  /// How long to wait for the other ranks before an error names the missing ones.
  std::chrono::milliseconds meeting_limit = std::chrono::minutes(5);

  /// How long one operation may wait for other ranks without any progress. Zero: as the environment
  /// variable SEPTET_OPERATION_LIMIT_S says, without it for ever. Death and abort() end every wait.
  std::chrono::milliseconds operation_limit{0};

  /// Most thread blocks of a kernel on device buffers; less than 3 counts as 3. SEPTET_BLOCKS goes
  /// before it.
  std::uint32_t most_blocks = 64;

  /// Called on the thread that waits, at least ten times a second while it does; empty for none.
  /// What it throws ends the wait and breaks the communicator, as abort() would, and is passed on.
  std::function<void()> while_waiting{};
};

/// Who this process is, as its launcher says in the environment: mpirun (Open MPI, MPICH, Intel
/// MPI, MVAPICH), torchrun, septet run or srun, the first of them that is there. docs/ranks.md
/// lists the variables. Ranks that call it equally often get equal tokens, another one each time:
/// the n-th communicator made this way in one process meets the n-th of the others.
///
/// Throws Error `usage` when no launcher is there, or when it has put the ranks on several hosts;
/// `argument` when a variable makes no sense.
[[nodiscard]] Membership membership_from_environment();

/// 8 GPUs of 7 slices, and some more.
inline constexpr int max_ranks = 64;

/// A group of ranks of one host that send each other data and combine it, through host memory.
///
/// Buffers are in host memory. Every rank issues the same collectives in the same order. A call
/// returns when this rank's part is done: its buffers may be used again, and what it received is
/// there; other ranks may still be at work (but for barrier). Between calls a communicator uses no
/// processor time.
///
/// Errors, of every call that communicates: `argument` for a bad root, peer, type or buffer;
/// `peer` when a rank died, left, aborted, called something else (both sides are named) or exceeded
/// the operation limit. After a `peer` error this communicator is broken on every rank and each
/// later call throws the same: let go of it, and shrink() or meet anew.
///
/// Threads: one call at a time, but for abort() and check(), which any thread may call at any time.
/// Ranks may be processes or threads of one process. After fork() the child must not use it.
class Communicator {
 public:
  /// Meets the other ranks. Blocks until all have come. Throws Error `argument` (bad rank or size),
  /// `usage` (another rank has the same number, other sizes, another version, another host),
  /// `unavailable` (ranks are missing after the limit: they are named) or `system` (no memory: how
  /// much is told).
  explicit Communicator(const Membership& membership);

  /// Over what was made with settings of its own. Only Septet's own programs can: its type is not
  /// installed.
  explicit Communicator(std::unique_ptr<CommunicatorState> state);

  Communicator(Communicator&&) noexcept;
  Communicator& operator=(Communicator&&) noexcept;

  /// Leaves. Local: waits for nobody.
  ~Communicator();

  [[nodiscard]] int rank() const noexcept;
  [[nodiscard]] int size() const noexcept;

  /// Runs one operation, to its end.
  void run(const Operation& operation);

  /// Runs a group to its end. Collectives keep their order; sends and receives progress all at
  /// once, whatever their order; several to one peer are matched in order.
  void run(std::span<const Operation> group);

  void barrier();
  void all_reduce(const void* send, void* recv, std::size_t count, DataType type,
                  Reduction reduction = Reduction::sum);
  void reduce(const void* send, void* recv, std::size_t count, DataType type, Reduction reduction,
              int root);
  void broadcast(const void* send, void* recv, std::size_t count, DataType type, int root);
  void all_gather(const void* send, void* recv, std::size_t count, DataType type);
  void reduce_scatter(const void* send, void* recv, std::size_t count, DataType type,
                      Reduction reduction = Reduction::sum);
  void send(const void* buffer, std::size_t count, DataType type, int peer);
  void recv(void* buffer, std::size_t count, DataType type, int peer);

  /// `count` elements from each rank to each: send and recv have N * count, part p for or from rank
  /// p. Not in place.
  void all_to_all(const void* send, void* recv, std::size_t count, DataType type);

  /// Part p of `send` starts at element send_offsets[p] and has send_counts[p]; recv likewise.
  /// Spans of N. What p sends here must be as much as is received from p.
  struct Parts {
    std::span<const std::size_t> counts;
    std::span<const std::size_t> offsets;
  };
  void all_to_all(const void* send, Parts sent, void* recv, Parts received, DataType type);

  /// `count` elements of each rank to root's `recv` of N * count; or back, from root's `send`.
  void gather(const void* send, void* recv, std::size_t count, DataType type, int root);
  void scatter(const void* send, void* recv, std::size_t count, DataType type, int root);

  /// Called by all ranks; those of one color become a communicator, ordered by key, then by rank
  /// here. Nothing for a rank without color. The new one lives on without this one.
  [[nodiscard]] std::optional<Communicator> split(std::optional<int> color, int key);

  /// Called by all but the ranks of `excluded`, which may be dead: the rest, renumbered densely.
  /// Works on a broken communicator. Throws Error `argument` when `excluded` is empty, or names
  /// this rank or none.
  [[nodiscard]] Communicator shrink(std::span<const int> excluded);

  /// Breaks the communicator on every rank, at once: waiting calls throw Error `peer`.
  void abort() noexcept;

  /// Throws the error that broke the communicator, if one did. Never blocks.
  void check() const;

  /// The same, but an abort of another rank throws only once it has met a call of this one: what
  /// this one called before has ended well.
  void check_own_calls() const;

 private:
  friend void run_together(std::span<const struct GroupOf> groups);
  std::unique_ptr<CommunicatorState> state_;
};

/// What one communicator does in run_together.
struct GroupOf {
  Communicator* communicator;
  std::vector<Operation> operations;
};

/// Runs the groups of several communicators so that all progress together. Throws Error `usage`
/// when one is named twice. When one breaks, those whose groups are half done break too.
void run_together(std::span<const GroupOf> groups);

}  // namespace septet
