// SPDX-License-Identifier: Apache-2.0
// Random programs of operations on 1 to 8 ranks, against plain arithmetic. A program follows from
// its seed; each rank works out for itself what it must get. SEPTET_STORM_SEED repeats one program,
// SEPTET_STORMS runs more of them.
#include "communicate/testing_threads.hpp"
#include <septet/communicator.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace septet {
namespace {

using Random = std::mt19937;

unsigned below(Random& random, std::size_t end) { return static_cast<unsigned>(random() % end); }

/// Small whole numbers, which every type holds, and so do their sums over 8 ranks.
int value(int rank, unsigned tag, std::size_t i) {
  const auto r = static_cast<std::size_t>(rank);
  return static_cast<int>((r * (3 + tag % 4) + tag + i * (1 + tag % 3) + i / 7) % 5);
}

constexpr std::array types{DataType::uint8, DataType::int16, DataType::int32, DataType::float32,
                           DataType::float64};

void put(std::byte* to, DataType type, int number) {
  const auto store = [&](auto as_type) { std::memcpy(to, &as_type, sizeof as_type); };
  if (type == DataType::uint8) return store(static_cast<std::uint8_t>(number));
  if (type == DataType::int16) return store(static_cast<std::int16_t>(number));
  if (type == DataType::int32) return store(std::int32_t{number});
  if (type == DataType::float32) return store(static_cast<float>(number));
  store(static_cast<double>(number));
}

/// Elements at an address that need not be aligned, between bytes that must stay as they are.
class Buffer {
 public:
  Buffer(std::size_t count, DataType type, std::size_t offset)
      : type_(type), offset_(guard_bytes + offset), bytes_(count * size_of(type)) {
    memory_.assign(offset_ + bytes_ + guard_bytes, guard);
  }

  [[nodiscard]] std::byte* at(std::size_t i) { return &memory_[offset_ + i * size_of(type_)]; }

  void expect(std::size_t i, int number) {
    std::array<std::byte, 8> bits{};
    put(bits.data(), type_, number);
    if (std::memcmp(bits.data(), at(i), size_of(type_)) == 0) return;
    throw std::runtime_error("element " + std::to_string(i) + " is not " + std::to_string(number));
  }

  void expect_guards() const {
    const auto end = static_cast<std::ptrdiff_t>(offset_ + bytes_);
    const auto is_guard = [](std::byte byte) { return byte == guard; };
    const auto front = memory_.begin() + static_cast<std::ptrdiff_t>(offset_);
    if (std::all_of(memory_.begin(), front, is_guard) &&
        std::all_of(memory_.begin() + end, memory_.end(), is_guard)) {
      return;
    }
    throw std::runtime_error("written beyond the buffer");
  }

 private:
  static constexpr std::byte guard{0xe7};
  static constexpr std::size_t guard_bytes = 64;
  DataType type_;
  std::size_t offset_;
  std::size_t bytes_;
  std::vector<std::byte> memory_;
};

/// One collective of all ranks, or one message.
struct Spec {
  OperationKind kind;
  DataType type;
  Reduction reduction = Reduction::sum;
  std::size_t count = 0;
  int root = 0;     ///< For a message: to whom,
  int sender = -1;  ///< and from whom.
  unsigned tag = 0;
};

int reduced(const Spec& spec, int ranks, std::size_t i) {
  int result = value(0, spec.tag, i);
  for (int rank = 1; rank < ranks; ++rank) {
    const int next = value(rank, spec.tag, i);
    if (spec.reduction == Reduction::sum) result += next;
    if (spec.reduction == Reduction::max) result = std::max(result, next);
    if (spec.reduction == Reduction::min) result = std::min(result, next);
  }
  return result;
}

/// What one rank does of a Spec, with its buffers.
class Job {
 public:
  Job(const Spec& spec, OperationKind kind, int rank, int ranks, Random& own)
      : spec_(spec),
        kind_(kind),
        rank_(rank),
        ranks_(ranks),
        in_place_(below(own, 2) == 0),
        send_(parts(OperationKind::reduce_scatter) * spec.count, spec.type, below(own, 9)),
        recv_(parts(OperationKind::all_gather) * spec.count, spec.type, below(own, 9)) {
    for (std::size_t i = 0; i < parts(OperationKind::reduce_scatter) * spec.count; ++i) {
      put(send_to_fill(i), spec.type, value(rank, spec.tag, i));
    }
  }

  [[nodiscard]] Operation operation() {
    if (kind_ == OperationKind::send) return send(send_.at(0), spec_.count, spec_.type, spec_.root);
    if (kind_ == OperationKind::recv) return recv(to(), spec_.count, spec_.type, spec_.sender);
    return {.kind = kind_,
            .type = spec_.type,
            .reduction = spec_.reduction,
            .root = spec_.root,
            .count = spec_.count,
            .send = send_to_fill(0),
            .recv = to()};
  }

  void expect_right() {
    send_.expect_guards();
    recv_.expect_guards();
    const bool nothing = kind_ == OperationKind::send || kind_ == OperationKind::barrier ||
                         (kind_ == OperationKind::reduce && rank_ != spec_.root);
    if (nothing) return;
    for (std::size_t i = 0; i < parts(OperationKind::all_gather) * spec_.count; ++i) {
      result().expect(i + result_at(), expected(i));
    }
  }

 private:
  [[nodiscard]] std::size_t parts(OperationKind kind_of_many) const {
    return kind_ == kind_of_many ? static_cast<std::size_t>(ranks_) : 1;
  }
  [[nodiscard]] std::size_t own_part() const {
    return static_cast<std::size_t>(rank_) * spec_.count;
  }
  [[nodiscard]] bool shares() const {
    const bool message = kind_ == OperationKind::send || kind_ == OperationKind::recv;
    return in_place_ && !message && kind_ != OperationKind::barrier;
  }
  [[nodiscard]] std::byte* send_to_fill(std::size_t i) {
    if (!shares() || kind_ == OperationKind::reduce_scatter) return send_.at(i);
    return recv_.at(i + (kind_ == OperationKind::all_gather ? own_part() : 0));
  }
  [[nodiscard]] bool is_in_send() const {
    return shares() && kind_ == OperationKind::reduce_scatter;
  }
  [[nodiscard]] Buffer& result() { return is_in_send() ? send_ : recv_; }
  [[nodiscard]] std::size_t result_at() const { return is_in_send() ? own_part() : 0; }
  [[nodiscard]] std::byte* to() { return result().at(result_at()); }

  [[nodiscard]] int expected(std::size_t i) const {
    if (kind_ == OperationKind::recv) return value(spec_.sender, spec_.tag, i);
    if (kind_ == OperationKind::broadcast) return value(spec_.root, spec_.tag, i);
    if (kind_ == OperationKind::reduce_scatter) return reduced(spec_, ranks_, own_part() + i);
    if (kind_ != OperationKind::all_gather) return reduced(spec_, ranks_, i);
    return value(static_cast<int>(i / spec_.count), spec_.tag, i % spec_.count);
  }

  Spec spec_;
  OperationKind kind_;
  int rank_;
  int ranks_;
  bool in_place_;
  Buffer send_;
  Buffer recv_;
};

/// Mostly small; some go round the ring.
std::size_t random_count(Random& random) {
  constexpr std::array<std::size_t, 6> most{1, 2, 20, 2000, 5000, 50'000};
  return below(random, most[below(random, most.size())]);
}

Spec random_spec(Random& random, OperationKind kind, int ranks) {
  constexpr std::array reductions{Reduction::sum, Reduction::max, Reduction::min};
  Spec spec{.kind = kind, .type = types[below(random, types.size())]};
  spec.reduction = reductions[below(random, reductions.size())];
  spec.count = kind == OperationKind::barrier ? 0 : random_count(random);
  spec.root = static_cast<int>(below(random, static_cast<std::size_t>(ranks)));
  spec.tag = below(random, 1000);
  return spec;
}

/// Collectives, or messages between some pairs of ranks, or both.
std::vector<Spec> random_group(Random& random, int ranks) {
  std::vector<Spec> group;
  const unsigned choice = below(random, 3);
  for (unsigned left = choice == 0 ? 0 : 1 + below(random, 3); left > 0; --left) {
    const auto kind = static_cast<OperationKind>(below(random, 6));
    group.push_back(random_spec(random, kind, ranks));
  }
  for (int from = 0; choice != 1 && from < ranks; ++from) {
    for (int to = 0; to < ranks; ++to) {
      for (unsigned left = below(random, 4); left > 1; --left) {
        auto spec = random_spec(random, OperationKind::send, ranks);
        spec.sender = from;
        spec.root = to;
        group.push_back(spec);
      }
    }
  }
  return group;
}

/// The jobs of one rank in a group, in an order of its own: only those of one peer and direction,
/// and collectives, keep theirs.
class Jobs {
 public:
  Jobs(const std::vector<Spec>& group, const Communicator& ranks, Random& own) {
    for (const auto& spec : group) {
      const bool message = spec.sender >= 0;
      if (!message) add(spec, spec.kind, ranks, own);
      if (message && spec.sender == ranks.rank()) add(spec, OperationKind::send, ranks, own);
      if (message && spec.root == ranks.rank()) add(spec, OperationKind::recv, ranks, own);
    }
    std::shuffle(lanes_.begin(), lanes_.end(), own);
  }

  [[nodiscard]] std::vector<Operation> operations() {
    std::map<Lane, std::size_t> next;
    std::vector<Operation> all;
    for (const auto& lane : lanes_) all.push_back(jobs_[lane][next[lane]++]->operation());
    return all;
  }

  void expect_right() {
    for (auto& job : all_) job.expect_right();
  }

 private:
  using Lane = std::pair<int, int>;  ///< 0 for collectives, or the direction; and the peer.

  void add(const Spec& spec, OperationKind kind, const Communicator& ranks, Random& own) {
    auto& job = all_.emplace_back(spec, kind, ranks.rank(), ranks.size(), own);
    const bool message = spec.sender >= 0;
    const int peer = kind == OperationKind::send ? spec.root : spec.sender;
    const Lane lane{message ? static_cast<int>(kind) : 0, message ? peer : 0};
    jobs_[lane].push_back(&job);
    lanes_.push_back(lane);
  }

  std::list<Job> all_;
  std::map<Lane, std::vector<Job*>> jobs_;
  std::vector<Lane> lanes_;
};

void run_group(Communicator& ranks, Random& shared, Random& own) {
  Jobs jobs(random_group(shared, ranks.size()), ranks, own);
  ranks.run(jobs.operations());
  jobs.expect_right();
}

void run_both(Communicator& one, Communicator& other, Random& shared, Random& own) {
  Jobs first(random_group(shared, one.size()), one, own);
  Jobs second(random_group(shared, other.size()), other, own);
  std::vector<GroupOf> groups{{&one, first.operations()}, {&other, second.operations()}};
  if (below(own, 2) == 0) std::swap(groups[0], groups[1]);
  run_together(groups);
  first.expect_right();
  second.expect_right();
}

void run_split(Communicator& ranks, Random& shared, Random& own) {
  std::vector<unsigned> choices(static_cast<std::size_t>(ranks.size()));
  for (auto& choice : choices) choice = below(shared, 3);
  const unsigned mine = choices[static_cast<std::size_t>(ranks.rank())];
  auto color = mine == 2 ? std::nullopt : std::optional(static_cast<int>(mine));
  Random of_color(shared() + mine);
  auto part = ranks.split(color, static_cast<int>(below(own, 5)));
  if (part) run_group(*part, of_color, own);
}

/// Every rank sends `counts[to]` elements to each, and knows what the others send.
void run_all_to_all(Communicator& ranks, Random& shared, Random& own) {
  const auto n = static_cast<std::size_t>(ranks.size());
  const auto self = static_cast<std::size_t>(ranks.rank());
  const auto type = types[below(shared, types.size())];
  std::vector<std::size_t> out(n), in(n), out_at(n), in_at(n);
  std::size_t sent = 0;
  std::size_t received = 0;
  for (std::size_t from = 0; from < n; ++from) {
    for (std::size_t to = 0; to < n; ++to) {
      const std::size_t count = below(shared, 3) == 0 ? 0 : random_count(shared);
      if (from == self) out_at[to] = std::exchange(sent, sent + (out[to] = count));
      if (to == self) in_at[from] = std::exchange(received, received + (in[from] = count));
    }
  }
  Buffer send(sent, type, below(own, 9));
  Buffer recv(received, type, below(own, 9));
  for (std::size_t i = 0; i < sent; ++i) put(send.at(i), type, ranks.rank());
  ranks.all_to_all(send.at(0), {out, out_at}, recv.at(0), {in, in_at}, type);
  recv.expect_guards();
  for (std::size_t from = 0; from < n; ++from) {
    for (std::size_t i = 0; i < in[from]; ++i) {
      recv.expect(in_at[from] + i, static_cast<int>(from));
    }
  }
}

void run_program(Communicator& ranks, Communicator& other, unsigned seed) {
  Random shared(seed);
  Random own(seed * 64 + static_cast<unsigned>(ranks.rank()) + 1);
  for (int step = 0; step < 12; ++step) {
    switch (below(shared, 8)) {
      case 0:
        run_split(ranks, shared, own);
        break;
      case 1:
        run_all_to_all(ranks, shared, own);
        break;
      case 2:
        run_both(ranks, other, shared, own);
        break;
      default:
        run_group(ranks, shared, own);
    }
  }
}

Outcomes outcomes_of(unsigned seed, int ranks) {
  const Token second = random_token();
  return run_ranks(ranks, [&](Communicator& all) {
    Communicator other({.token = second, .rank = all.rank(), .ranks = all.size(), .slice = ""});
    run_program(all, other, seed);
  });
}

unsigned number_in(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

TEST(Storm, RandomProgramsComeOutRight) {
  // So small that some thousand elements go round the ring.
  ASSERT_EQ(::setenv("SEPTET_SEGMENT_MIB", "1", 1), 0);
  const unsigned first = number_in("SEPTET_STORM_SEED", 0);
  const unsigned storms = std::getenv("SEPTET_STORM_SEED") ? 1 : number_in("SEPTET_STORMS", 48);
  for (unsigned seed = first; seed < first + storms; ++seed) {
    const int ranks = 1 + static_cast<int>(seed % 8);
    ASSERT_EQ(outcomes_of(seed, ranks), all_well(ranks)) << "repeat: SEPTET_STORM_SEED=" << seed;
  }
}

}  // namespace
}  // namespace septet
