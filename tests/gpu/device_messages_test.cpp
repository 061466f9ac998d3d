// SPDX-License-Identifier: Apache-2.0
// Sends and receives on device buffers, in groups of all shapes. Needs a GPU; with an MPS daemon
// the ranks run side by side, as slices do. With SEPTET_WAIT_ON=host their host functions wait.
#include "device_data.hpp"
#include "device_ranks.hpp"
#include <septet/error.hpp>

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace septet {
namespace {

using namespace std::chrono_literals;

constexpr DataType u8 = DataType::uint8;

/// What `sender` sends to `receiver` as its message number `number`.
Bytes message_of(int sender, int receiver, unsigned number, std::size_t bytes) {
  return data_of(sender * 64 + receiver, number, bytes);
}

/// The messages of one group of this rank, with their buffers.
class Messages {
 public:
  explicit Messages(const DeviceCommunicator& ranks) : rank_(ranks.rank()), ranks_(ranks.size()) {}

  void send_to(int peer, unsigned number, std::size_t bytes, std::size_t offset = 0) {
    const auto content = message_of(rank_, peer, number, bytes);
    buffers_.push_back(std::make_unique<Buffer>(content, offset));
    group_.push_back(send(buffers_.back()->data(), bytes, u8, peer));
  }
  void receive_from(int peer, unsigned number, std::size_t bytes, std::size_t offset = 0) {
    buffers_.push_back(std::make_unique<Buffer>(bytes, offset));
    group_.push_back(recv(buffers_.back()->data(), bytes, u8, peer));
    received_.push_back({buffers_.back().get(), peer, number, bytes});
  }
  /// To the next rank, and from the one before.
  void pass_on(unsigned number, std::size_t bytes, std::size_t offset = 0) {
    send_to((rank_ + 1) % ranks_, number, bytes, offset);
    receive_from((rank_ + ranks_ - 1) % ranks_, number, bytes, offset);
  }

  [[nodiscard]] const std::vector<Operation>& group() const { return group_; }

  void forget() const {
    for (const auto& each : received_) each.buffer->fill(Bytes(each.bytes));
    must(cudaDeviceSynchronize());
  }
  void expect_right() const {
    for (const auto& [buffer, peer, number, bytes] : received_) {
      EXPECT_TRUE(buffer->content() == message_of(peer, rank_, number, bytes))
          << "message " << number << " of " << bytes << " bytes from rank " << peer << " to "
          << rank_;
    }
  }

 private:
  struct Received {
    const Buffer* buffer;
    int peer;
    unsigned number;
    std::size_t bytes;
  };
  int rank_;
  int ranks_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::vector<Operation> group_;
  std::vector<Received> received_;
};

void run(DeviceCommunicator& ranks, const Messages& messages) {
  ranks.enqueue(messages.group(), nullptr);
  must(cudaDeviceSynchronize());
  ranks.check();
  messages.expect_right();
}

TEST(DeviceMessages, ComeOutRightInManySizesAndAtAnyAddress) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    unsigned number = 0;
    for (const std::size_t bytes :
         {0, 1, 7, 1000, 16'383, 16'384, 16'385, 65'539, 262'144, 1 << 20, (5 << 20) + 1}) {
      for (const std::size_t offset : {0, 1, 4}) {
        Messages around(ranks);
        around.pass_on(++number, bytes, offset);
        run(ranks, around);
      }
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceMessages, Of64MiBComeOutRight) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    for (const std::size_t odd : {0, 13}) {
      Messages around(ranks);
      around.pass_on(1, (std::size_t{64} << 20) + odd);
      run(ranks, around);
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

/// Three to and from every other rank, from nothing to megabytes side by side. Even ranks list what
/// they send before what they receive, odd ones after it.
void add_all_pairs(const DeviceCommunicator& ranks, Messages& messages) {
  const int n = ranks.size();
  const int rank = ranks.rank();
  const auto bytes = [](int sender, int receiver, unsigned number) {
    std::mt19937 random(static_cast<unsigned>(sender * 64 + receiver) * 8 + number);
    return (std::size_t{1} << random() % 22) - random() % 2;
  };
  for (int i = 1; i < n; ++i) {
    const int to = (rank + i) % n;
    const int from = (rank + n - i) % n;
    for (unsigned number = 0; number < 3; ++number) {
      if (rank % 2 == 0) messages.send_to(to, number, bytes(rank, to, number));
      messages.receive_from(from, number, bytes(from, rank, number));
      if (rank % 2 == 1) messages.send_to(to, number, bytes(rank, to, number));
    }
  }
}

TEST(DeviceMessages, AllPairsProgressTogetherWhateverTheirSizesAndOrder) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    Messages all(ranks);
    add_all_pairs(ranks, all);
    for (int i = 0; i < 3; ++i) {
      all.forget();
      run(ranks, all);
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceMessages, AllPairsComeOutRightByOneBlock) {
  const Token token = random_token();
  const auto statuses = run_device_ranks(rank_count(), [&](DeviceCommunicator& ranks) {
    DeviceCommunicator narrow({.token = token,
                               .rank = ranks.rank(),
                               .ranks = ranks.size(),
                               .slice = "",
                               .most_blocks = 1});
    Messages all(narrow);
    add_all_pairs(narrow, all);
    run(narrow, all);
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

/// `count` messages to the next rank and from the one before, side by side in two buffers.
class ManyMessages {
 public:
  ManyMessages(const DeviceCommunicator& ranks, std::size_t count)
      : from_((ranks.rank() + ranks.size() - 1) % ranks.size()),
        bytes_(count * 64),
        sent_(data_of(ranks.rank(), 1, bytes_), 0),
        received_(bytes_) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t bytes = i % 65;  // None among them.
      group_.push_back(send(sent_.data() + first, bytes, u8, (ranks.rank() + 1) % ranks.size()));
      group_.push_back(recv(received_.data() + first, bytes, u8, from_));
      first += bytes;
    }
    used_ = first;
  }

  [[nodiscard]] const std::vector<Operation>& group() const { return group_; }
  void forget() const {
    received_.fill(Bytes(bytes_));
    must(cudaDeviceSynchronize());
  }
  void expect_right() const {
    auto expected = data_of(from_, 1, bytes_);
    auto got = received_.content();
    expected.resize(used_);
    got.resize(used_);
    EXPECT_TRUE(got == expected);
  }

 private:
  int from_;
  std::size_t bytes_;
  std::size_t used_ = 0;
  Buffer sent_;
  Buffer received_;
  std::vector<Operation> group_;
};

TEST(DeviceMessages, GroupsOfThousandsComeOutRight) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    for (const std::size_t count : {16, 17, 200, 256, 257, 4'096}) {
      const ManyMessages many(ranks, count);
      many.forget();
      ranks.enqueue(many.group(), nullptr);
      must(cudaDeviceSynchronize());
      ranks.check();
      many.expect_right();
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceMessages, MoreThanAGroupMayHaveAreRefusedAndNothingBreaks) {
  const auto statuses = run_device_ranks(2, [](DeviceCommunicator& ranks) {
    const ManyMessages many(ranks, 5'000);
    EXPECT_THROW(ranks.enqueue(many.group(), nullptr), Error);
    Messages around(ranks);
    around.pass_on(1, 1000);
    run(ranks, around);
  });
  EXPECT_EQ(statuses, all_well(2));
}

/// As between two stages of a pipeline: one rank sends and receives at once, and the other answers
/// only when it has received everything.
TEST(DeviceMessages, OneRanksGroupMayBeAnotherOnesTwoCalls) {
  const auto statuses = run_device_ranks(2, [](DeviceCommunicator& ranks) {
    for (const std::size_t bytes : {1000, 5'000'000}) {
      const int peer = 1 - ranks.rank();
      Messages in(ranks);
      Messages out(ranks);
      if (ranks.rank() == 0) {
        in.receive_from(peer, 1, bytes);
        in.send_to(peer, 2, bytes);
        in.send_to(peer, 3, bytes / 2);
      } else {
        in.receive_from(peer, 2, bytes);
        in.receive_from(peer, 3, bytes / 2);
        out.send_to(peer, 1, bytes);
      }
      ranks.enqueue(in.group(), nullptr);
      ranks.enqueue(out.group(), nullptr);
      must(cudaDeviceSynchronize());
      ranks.check();
      in.expect_right();
    }
  });
  EXPECT_EQ(statuses, all_well(2));
}

/// What `group` is on `stream`, as a graph.
cudaGraphExec_t captured(DeviceCommunicator& ranks, const std::vector<Operation>& group,
                         cudaStream_t stream) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t replay = nullptr;
  must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  ranks.enqueue(group, stream);
  must(cudaStreamEndCapture(stream, &graph));
  must(cudaGraphInstantiate(&replay, graph, 0));
  must(cudaGraphDestroy(graph));
  return replay;
}

TEST(DeviceMessages, GraphsReplayBetweenEagerCalls) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    cudaStream_t stream = nullptr;
    must(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    Messages large(ranks);
    large.pass_on(1, 3'000'001);
    const ManyMessages many(ranks, 600);
    const auto large_graph = captured(ranks, large.group(), stream);
    const auto many_graph = captured(ranks, many.group(), stream);
    for (int i = 0; i < 4; ++i) {
      large.forget();
      many.forget();
      must(cudaGraphLaunch(large_graph, stream));
      must(cudaGraphLaunch(many_graph, stream));
      must(cudaStreamSynchronize(stream));
      large.expect_right();
      many.expect_right();
      Messages between(ranks);
      between.pass_on(2 + static_cast<unsigned>(i), 40'000);
      must(cudaDeviceSynchronize());
      ranks.enqueue(between.group(), stream);
      ranks.enqueue(many.group(), stream);
      must(cudaStreamSynchronize(stream));
      between.expect_right();
    }
    ranks.check();
    cudaGraphExecDestroy(large_graph);
    cudaGraphExecDestroy(many_graph);
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceMessages, AnotherSizeThanTheSendersIsAnErrorThatNamesBoth) {
  using Sizes = std::array<std::size_t, 2>;
  for (const Sizes sizes : {Sizes{100, 99}, {0, 7}, {200'000, 100'000}, {100, 200'000}}) {
    const auto statuses = run_device_ranks(2, [sizes](DeviceCommunicator& ranks) {
      Messages messages(ranks);
      if (ranks.rank() == 0) messages.send_to(1, 1, sizes[0]);
      if (ranks.rank() == 1) messages.receive_from(0, 1, sizes[1]);
      ranks.enqueue(messages.group(), nullptr);
      must(cudaDeviceSynchronize());
      if (ranks.rank() == 0) return;  // The pipe has room for all of it.
      EXPECT_THAT(error_of(ranks),
                  testing::AllOf(testing::HasSubstr(std::to_string(sizes[0]) + " uint8"),
                                 testing::HasSubstr(std::to_string(sizes[1]) + " uint8")));
    });
    EXPECT_EQ(statuses, all_well(2));
  }
}

/// Until somebody is gone.
void pass_on_for_ever(DeviceCommunicator& ranks, const Messages& around) {
  try {
    for (int i = 0; i < 1'000'000; ++i) {
      ranks.enqueue(around.group(), nullptr);
      if (i % 8 == 0) cudaDeviceSynchronize();
    }
  } catch (const Error& error) {
    if (ended_by_mps(error)) return;
    EXPECT_EQ(error.kind(), ErrorKind::peer);
    EXPECT_THAT(error.what(), testing::HasSubstr("rank 1 (pid"));
  }
  cudaDeviceSynchronize();
}

TEST(DeviceMessages, ARankKilledInTheMiddleEndsTheOthers) {
  const int n = rank_count();
  std::chrono::steady_clock::time_point killed;
  auto statuses = run_device_ranks(
      n,
      [](DeviceCommunicator& ranks) {
        Messages around(ranks);
        around.pass_on(1, 10'000'000);
        pass_on_for_ever(ranks, around);
      },
      [&](const std::vector<pid_t>& pids) {
        std::this_thread::sleep_for(4s);
        ::kill(pids[1], SIGKILL);
        killed = std::chrono::steady_clock::now();
      });
  const auto waited = std::chrono::steady_clock::now() - killed;
  std::printf("all ended %.0f ms after the kill\n",
              std::chrono::duration<double, std::milli>(waited).count());
  EXPECT_LT(waited, 5s);
  EXPECT_EQ(std::exchange(statuses[1], 0), 128 + SIGKILL);
  EXPECT_EQ(statuses, all_well(n));
}

}  // namespace
}  // namespace septet
