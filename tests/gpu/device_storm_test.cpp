// SPDX-License-Identifier: Apache-2.0
// A thousand random calls on device buffers, on several streams: right, and ended when a rank is
// killed in the middle of them. Needs a GPU, and MPS for more than a few ranks in reasonable time.
#include "device_data.hpp"
#include "device_ranks.hpp"
#include <septet/error.hpp>

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace septet {
namespace {

constexpr int calls = 1000;
constexpr int calls_at_once = 8;

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t end) { return random() % end; }

/// One call of all ranks. Of a message: the rank that is `root` further on gets it.
struct Call {
  unsigned number;
  OperationKind kind;
  DataType type;
  Reduction reduction;
  std::size_t count;
  int root;
  std::size_t stream;
};

/// Small ones go by packets, large ones in many chunks.
std::size_t random_count(Random& random) {
  constexpr std::array<std::size_t, 5> most{1, 20, 2000, 10'000, 60'000};
  return below(random, most[below(random, most.size())]) + 1;
}

Call random_call(Random& random, unsigned number, int ranks) {
  const auto kind = static_cast<OperationKind>(below(random, 7));  // A send: with its recv.
  const auto types = all_data_types();
  const auto reductions = all_reductions();
  return {.number = number,
          .kind = kind,
          .type = types[below(random, types.size())],
          .reduction = reductions[below(random, reductions.size())],
          .count = random_count(random),
          .root = static_cast<int>(below(random, static_cast<std::size_t>(ranks))),
          .stream = below(random, 3)};
}

/// One rank's part of a call, with buffers of its own.
class Job {
 public:
  Job(const Call& call, int rank, int ranks)
      : call_(call),
        rank_(rank),
        ranks_(ranks),
        send_(data_of(rank, call.number, parts(OperationKind::reduce_scatter) * bytes()), 0),
        recv_(parts(OperationKind::all_gather) * bytes()) {}

  [[nodiscard]] std::vector<Operation> operations() const {
    if (call_.kind == OperationKind::barrier) return {barrier()};
    if (call_.kind != OperationKind::send) {
      return {{call_.kind, call_.type, call_.reduction, call_.root, call_.count, send_.data(),
               recv_.data()}};
    }
    return {send(send_.data(), call_.count, call_.type, (rank_ + call_.root) % ranks_),
            recv(recv_.data(), call_.count, call_.type, sender())};
  }

  void expect_right() const {
    EXPECT_EQ(recv_.content(), expected())
        << "call " << call_.number << ", " << name_of(call_.kind) << " of " << call_.count << " "
        << name_of(call_.type) << ", " << name_of(call_.reduction) << ", root " << call_.root;
  }

 private:
  [[nodiscard]] std::size_t bytes() const { return call_.count * size_of(call_.type); }
  [[nodiscard]] std::size_t parts(OperationKind kind_of_many) const {
    return call_.kind == kind_of_many ? static_cast<std::size_t>(ranks_) : 1;
  }
  [[nodiscard]] int sender() const { return (rank_ - call_.root + ranks_) % ranks_; }

  [[nodiscard]] Bytes reduced_part(std::size_t all, std::size_t first) const {
    return reduced(ranks_, call_.number, all, first, call_.count, call_.type, call_.reduction);
  }

  [[nodiscard]] Bytes gathered() const {
    Bytes all;
    for (int rank = 0; rank < ranks_; ++rank) {
      const auto part = data_of(rank, call_.number, bytes());
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  [[nodiscard]] Bytes expected() const {
    const auto parted = static_cast<std::size_t>(ranks_) * call_.count;
    switch (call_.kind) {
      case OperationKind::all_reduce:
        return reduced_part(call_.count, 0);
      case OperationKind::reduce_scatter:
        return reduced_part(parted, static_cast<std::size_t>(rank_) * call_.count);
      case OperationKind::broadcast:
        return data_of(call_.root, call_.number, bytes());
      case OperationKind::all_gather:
        return gathered();
      case OperationKind::send:
      case OperationKind::recv:
        return data_of(sender(), call_.number, bytes());
      case OperationKind::reduce:
        if (rank_ == call_.root) return reduced_part(call_.count, 0);
        break;
      case OperationKind::barrier:
        break;
    }
    return Bytes(bytes(), std::byte{0xee});  // As Buffer has it.
  }

  Call call_;
  int rank_;
  int ranks_;
  Buffer send_;
  Buffer recv_;
};

class Streams {
 public:
  Streams() {
    for (auto& stream : streams_) must(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  ~Streams() {
    for (const auto stream : streams_) cudaStreamDestroy(stream);
  }
  [[nodiscard]] cudaStream_t operator[](std::size_t i) const { return streams_.at(i); }

 private:
  std::array<cudaStream_t, 3> streams_{};
};

/// All calls, some at once; `before(number)` is called before each.
template <typename Before>
void run_calls(DeviceCommunicator& ranks, unsigned seed, const Before& before) {
  const Streams streams;
  Random random(seed);
  for (unsigned number = 0; number < calls; number += calls_at_once) {
    std::vector<Call> some;
    std::vector<std::unique_ptr<Job>> jobs;
    for (unsigned i = 0; i < calls_at_once; ++i) {
      some.push_back(random_call(random, number + i, ranks.size()));
      jobs.push_back(std::make_unique<Job>(some.back(), ranks.rank(), ranks.size()));
    }
    must(cudaDeviceSynchronize());  // Buffers are filled on a stream that those below do not obey.
    for (unsigned i = 0; i < calls_at_once; ++i) {
      before(number + i);
      ranks.enqueue(jobs[i]->operations(), streams[some[i].stream]);
    }
    const auto code = cudaDeviceSynchronize();
    ranks.check();
    must(code);
    for (const auto& job : jobs) job->expect_right();
  }
}

TEST(DeviceStorm, AThousandRandomCallsComeOutRight) {
  const int n = rank_count();
  EXPECT_EQ(run_device_ranks(n, [](auto& ranks) { run_calls(ranks, 7, [](unsigned) {}); }),
            all_well(n));
}

void expect_to_be_told(DeviceCommunicator& ranks, unsigned seed, int victim) {
  try {
    run_calls(ranks, seed, [](unsigned) {});
    ADD_FAILURE() << "all calls were made though rank " << victim << " was killed";
  } catch (const Error& error) {
    if (ended_by_mps(error)) return;
    EXPECT_EQ(error.kind(), ErrorKind::peer);
    EXPECT_THAT(error.what(), testing::HasSubstr("rank " + std::to_string(victim) + " (pid"));
  }
}

TEST(DeviceStorm, ARankKilledInTheMiddleOfAThousandCallsEndsTheOthers) {
  const int n = rank_count();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const int victim = static_cast<int>(seed) % n;
    std::chrono::steady_clock::time_point killed;
    auto statuses = run_device_ranks(
        n,
        [&](DeviceCommunicator& ranks) {
          if (ranks.rank() != victim) return expect_to_be_told(ranks, seed, victim);
          run_calls(ranks, seed, [&](unsigned number) {
            if (number == 200 * seed + seed) ::raise(SIGKILL);
          });
        },
        [&](const std::vector<pid_t>& pids) {
          siginfo_t end;
          ::waitid(P_PID, static_cast<id_t>(pids[static_cast<std::size_t>(victim)]), &end,
                   WEXITED | WNOWAIT);
          killed = std::chrono::steady_clock::now();
        });
    const auto waited = std::chrono::steady_clock::now() - killed;
    std::printf("rank %d killed: all ended %.0f ms later\n", victim,
                std::chrono::duration<double, std::milli>(waited).count());
    EXPECT_LT(waited, std::chrono::seconds(5));
    EXPECT_EQ(std::exchange(statuses[static_cast<std::size_t>(victim)], 0), 128 + SIGKILL);
    EXPECT_EQ(statuses, all_well(n));
  }
}

}  // namespace
}  // namespace septet
