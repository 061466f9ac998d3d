// SPDX-License-Identifier: Apache-2.0
// Collectives on device buffers, against the arithmetic of the host, bit for bit. Needs a GPU; with
// an MPS daemon the ranks run side by side, as slices do.
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
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace septet {
namespace {

using namespace std::chrono_literals;

struct Case {
  DataType type;
  Reduction reduction;
  std::size_t count;
  std::size_t offset;
  bool in_place;
};

std::string text_of(const Case& which) {
  return std::string(name_of(which.type)) + " " + std::string(name_of(which.reduction)) + " x" +
         std::to_string(which.count) + " at +" + std::to_string(which.offset) +
         (which.in_place ? " in place" : "");
}

void try_all_reduce(DeviceCommunicator& ranks, const Case& which, unsigned call) {
  const std::size_t bytes = which.count * size_of(which.type);
  const Buffer send(data_of(ranks.rank(), call, bytes), which.offset);
  const Buffer recv(bytes, which.offset);
  auto* to = which.in_place ? send.data() : recv.data();
  ranks.enqueue(all_reduce(send.data(), to, which.count, which.type, which.reduction), nullptr);
  EXPECT_EQ(which.in_place ? send.content() : recv.content(),
            reduced(ranks.size(), call, which.count, 0, which.count, which.type, which.reduction))
      << "all_reduce " << text_of(which);
}

void try_reduce(DeviceCommunicator& ranks, const Case& which, unsigned call) {
  const int root = static_cast<int>(call) % ranks.size();
  const std::size_t bytes = which.count * size_of(which.type);
  const Buffer send(data_of(ranks.rank(), call, bytes), which.offset);
  const Buffer recv(bytes, 0);
  ranks.enqueue(reduce(send.data(), recv.data(), which.count, which.type, which.reduction, root),
                nullptr);
  const auto expected =
      reduced(ranks.size(), call, which.count, 0, which.count, which.type, which.reduction);
  EXPECT_EQ(recv.content(), ranks.rank() == root ? expected : Bytes(bytes, std::byte{0xee}))
      << "reduce " << text_of(which);
}

void try_reduce_scatter(DeviceCommunicator& ranks, const Case& which, unsigned call) {
  const auto n = static_cast<std::size_t>(ranks.size());
  const auto r = static_cast<std::size_t>(ranks.rank());
  const std::size_t bytes = which.count * size_of(which.type);
  const Buffer send(data_of(ranks.rank(), call, n * bytes), which.offset);
  const Buffer recv(bytes, which.offset);
  ranks.enqueue(reduce_scatter(send.data(), recv.data(), which.count, which.type, which.reduction),
                nullptr);
  EXPECT_EQ(recv.content(), reduced(ranks.size(), call, n * which.count, r * which.count,
                                    which.count, which.type, which.reduction))
      << "reduce_scatter " << text_of(which);
}

void try_all_gather(DeviceCommunicator& ranks, const Case& which, unsigned call) {
  const std::size_t bytes = which.count * size_of(which.type);
  const auto mine = data_of(ranks.rank(), call, bytes);
  const Buffer send(mine, which.offset);
  const Buffer recv(bytes * static_cast<std::size_t>(ranks.size()), which.offset);
  auto* from = send.data();
  if (which.in_place) {
    from = recv.data() + static_cast<std::size_t>(ranks.rank()) * bytes;
    must(cudaMemcpy(from, mine.data(), bytes, cudaMemcpyHostToDevice));
  }
  ranks.enqueue(all_gather(from, recv.data(), which.count, which.type), nullptr);
  Bytes expected;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const auto part = data_of(rank, call, bytes);
    expected.insert(expected.end(), part.begin(), part.end());
  }
  EXPECT_EQ(recv.content(), expected) << "all_gather " << text_of(which);
}

void try_broadcast(DeviceCommunicator& ranks, const Case& which, unsigned call) {
  const int root = static_cast<int>(call) % ranks.size();
  const std::size_t bytes = which.count * size_of(which.type);
  const Buffer send(data_of(ranks.rank(), call, bytes), which.offset);
  const Buffer recv(bytes, 0);
  auto* to = which.in_place ? send.data() : recv.data();
  ranks.enqueue(broadcast(send.data(), to, which.count, which.type, root), nullptr);
  EXPECT_EQ(which.in_place ? send.content() : recv.content(), data_of(root, call, bytes))
      << "broadcast " << text_of(which);
}

void try_all_to_all(DeviceCommunicator& ranks, const Case& which, unsigned call) {
  const auto n = static_cast<std::size_t>(ranks.size());
  const std::size_t bytes = which.count * size_of(which.type);
  const Buffer send(data_of(ranks.rank(), call, n * bytes), which.offset);
  const Buffer recv(n * bytes, which.offset);
  ranks.all_to_all(send.data(), recv.data(), which.count, which.type, nullptr);
  Bytes expected;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const auto all = data_of(rank, call, n * bytes);
    const auto part = all.begin() + ranks.rank() * static_cast<std::ptrdiff_t>(bytes);
    expected.insert(expected.end(), part, part + static_cast<std::ptrdiff_t>(bytes));
  }
  EXPECT_EQ(recv.content(), expected) << "all_to_all " << text_of(which);
}

TEST(DeviceCollectives, EveryReductionOfEveryTypeHasTheBitsOfTheHost) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    unsigned call = 0;
    for (const auto type : all_data_types()) {
      for (const auto reduction : all_reductions()) {
        for (const std::size_t count : {1, 17, 999, 40'003}) {
          const Case which{type, reduction, count, count % 3 * size_of(type), count == 999};
          try_all_reduce(ranks, which, ++call);
          try_reduce(ranks, which, ++call);
          try_reduce_scatter(ranks, which, ++call);
        }
      }
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

/// Sizes on both sides of where one way becomes another, of counts that fill no word.
TEST(DeviceCollectives, AllReducesOf8To256KiBHaveTheBitsOfTheHost) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    unsigned call = 0;
    for (const auto type : all_data_types()) {
      for (const auto reduction : all_reductions()) {
        for (const std::size_t kib : {2, 8, 9, 16, 32, 63, 65, 128, 256}) {
          const std::size_t size = size_of(type);
          const std::size_t count = (kib << 10) / size + ++call % 3;
          const bool aligned = call % 2 == 0;
          try_all_reduce(ranks, {type, reduction, count, aligned ? 0 : size, call % 5 < 2}, call);
        }
      }
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceCollectives, MovesCopyTheBytesOfAnySizeAndAddress) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    unsigned call = 0;
    for (const std::size_t count : {0, 1, 15, 4'000, 70'001, 3'000'000}) {
      for (const std::size_t offset : {0, 1, 4, 7}) {
        const Case which{DataType::uint8, Reduction::sum, count, offset, offset == 4};
        try_all_gather(ranks, which, ++call);
        try_broadcast(ranks, which, ++call);
        try_all_to_all(ranks, which, ++call);
      }
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceCollectives, AllReducesUpTo256MiBAreRight) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    constexpr std::size_t most = std::size_t{256} << 20;
    const Buffer buffer(most);
    std::vector<float> values(most / 4);
    for (std::size_t bytes = 8; bytes <= most; bytes *= 2) {
      const std::size_t count = bytes / 4;
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = static_cast<float>((i * 7 + static_cast<std::size_t>(ranks.rank()) * 13) % 31);
      }
      must(cudaMemcpy(buffer.data(), values.data(), bytes, cudaMemcpyHostToDevice));
      ranks.enqueue(
          all_reduce(buffer.data(), buffer.data(), count, DataType::float32, Reduction::sum),
          nullptr);
      must(cudaMemcpy(values.data(), buffer.data(), bytes, cudaMemcpyDeviceToHost));
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < count; ++i) {
        std::size_t sum = 0;
        for (std::size_t r = 0; r < static_cast<std::size_t>(ranks.size()); ++r) {
          sum += (i * 7 + r * 13) % 31;
        }
        wrong += values[i] != static_cast<float>(sum) ? 1 : 0;
      }
      EXPECT_EQ(wrong, 0U) << bytes << " bytes";
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

/// Twice around a graph: an all-reduce of each path, and messages around the ring of ranks.
void enqueue_some(DeviceCommunicator& ranks, const Buffer& small, const Buffer& medium,
                  const Buffer& large, const Buffer& around, cudaStream_t stream) {
  const int n = ranks.size();
  ranks.enqueue(all_reduce(small.data(), small.data(), 100, DataType::int32, Reduction::sum),
                stream);
  ranks.enqueue(all_reduce(medium.data(), medium.data(), 10'000, DataType::int32, Reduction::max),
                stream);
  ranks.enqueue(all_reduce(large.data(), large.data(), 100'000, DataType::int32, Reduction::max),
                stream);
  const std::vector group{
      send(around.data(), 5'000, DataType::int32, (ranks.rank() + 1) % n),
      recv(around.data() + 20'000, 5'000, DataType::int32, (ranks.rank() + n - 1) % n)};
  ranks.enqueue(group, stream);
}

TEST(DeviceCollectives, GraphsReplayBetweenEagerCalls) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    cudaStream_t stream = nullptr;
    must(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    const Buffer small(Bytes(400, std::byte{0}), 0);
    const Buffer medium(data_of(ranks.rank(), 3, 40'000), 0);
    const Buffer large(data_of(ranks.rank(), 1, 400'000), 0);
    const Buffer around(data_of(ranks.rank(), 2, 40'000), 0);
    std::vector<int> ones(100, 1);
    must(cudaMemcpy(small.data(), ones.data(), 400, cudaMemcpyHostToDevice));
    must(cudaDeviceSynchronize());
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t replay = nullptr;
    must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    enqueue_some(ranks, small, medium, large, around, stream);
    must(cudaStreamEndCapture(stream, &graph));
    must(cudaGraphInstantiate(&replay, graph, 0));
    int rounds = 0;
    for (int i = 0; i < 6; ++i, rounds += 2) {
      enqueue_some(ranks, small, medium, large, around, stream);
      must(cudaGraphLaunch(replay, stream));
    }
    must(cudaStreamSynchronize(stream));
    int product = 1;
    for (int i = 0; i < rounds; ++i) product *= ranks.size();
    must(cudaMemcpy(ones.data(), small.data(), 400, cudaMemcpyDeviceToHost));
    EXPECT_EQ(ones, std::vector<int>(100, product));
    EXPECT_EQ(medium.content(),
              reduced(ranks.size(), 3, 10'000, 0, 10'000, DataType::int32, Reduction::max));
    EXPECT_EQ(large.content(),
              reduced(ranks.size(), 1, 100'000, 0, 100'000, DataType::int32, Reduction::max));
    const auto from = data_of((ranks.rank() + ranks.size() - 1) % ranks.size(), 2, 40'000);
    const auto got = around.content();
    EXPECT_EQ(std::memcmp(got.data() + 20'000, from.data(), 20'000), 0);
    cudaGraphExecDestroy(replay);
    cudaGraphDestroy(graph);
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceCollectives, CallsOnSeveralStreamsKeepTheirOrder) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    std::vector<cudaStream_t> streams(3);
    for (auto& each : streams) must(cudaStreamCreateWithFlags(&each, cudaStreamNonBlocking));
    const Buffer buffer(Bytes(4'000'000, std::byte{0}), 0);
    std::vector<int> ones(1'000'000, 1);
    must(cudaMemcpy(buffer.data(), ones.data(), 4'000'000, cudaMemcpyHostToDevice));
    must(cudaDeviceSynchronize());
    for (std::size_t i = 0; i < 12; ++i) {
      ranks.enqueue(all_reduce(buffer.data(), buffer.data(), i % 2 == 0 ? 1'000'000 : 100,
                               DataType::int32, i % 4 == 1 ? Reduction::sum : Reduction::max),
                    streams[i % 3]);
    }
    must(cudaDeviceSynchronize());
    must(cudaMemcpy(ones.data(), buffer.data(), 4'000'000, cudaMemcpyDeviceToHost));
    EXPECT_EQ(ones[0], ranks.size() * ranks.size() * ranks.size());
    EXPECT_EQ(ones[999'999], 1);
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceCollectives, SplitsWork) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    auto part = ranks.split(ranks.rank() % 2, 0);
    ASSERT_TRUE(part.has_value());
    const Buffer buffer(Bytes(4, std::byte{0}), 0);
    must(cudaMemset(buffer.data(), 1, 4));
    part->enqueue(all_reduce(buffer.data(), buffer.data(), 1, DataType::int32, Reduction::sum),
                  nullptr);
    int sum = 0;
    must(cudaMemcpy(&sum, buffer.data(), 4, cudaMemcpyDeviceToHost));
    EXPECT_EQ(sum, 0x01010101 * part->size());
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

std::string error_after(DeviceCommunicator& ranks) {
  must(cudaDeviceSynchronize());
  return error_of(ranks);
}

TEST(DeviceCollectives, DifferentCallsAreAnErrorThatNamesBoth) {
  // Both by packets, in one block or several, both through the ring, and one of each.
  using Counts = std::array<std::size_t, 2>;
  for (const Counts counts : {Counts{100, 99},
                              {10'000, 9'999},
                              {10'000, 100},
                              {100'000, 99'999},
                              {100'000, 100},
                              {99, 100'000},
                              {100'000, 10'000}}) {
    const auto statuses = run_device_ranks(2, [counts](DeviceCommunicator& ranks) {
      const std::size_t mine = counts[static_cast<std::size_t>(ranks.rank())];
      const Buffer buffer(mine * 4);
      ranks.enqueue(
          all_reduce(buffer.data(), buffer.data(), mine, DataType::float32, Reduction::sum),
          nullptr);
      EXPECT_THAT(error_after(ranks),
                  testing::AllOf(testing::HasSubstr(std::to_string(counts[0]) + " float32"),
                                 testing::HasSubstr(std::to_string(counts[1]) + " float32")));
    });
    EXPECT_EQ(statuses, all_well(2));
  }
}

TEST(DeviceCollectives, AbortEndsKernelsThatWait) {
  const auto statuses = run_device_ranks(2, [](DeviceCommunicator& ranks) {
    const Buffer buffer(400'000);
    if (ranks.rank() == 1) {
      std::this_thread::sleep_for(300ms);
      return ranks.abort();
    }
    ranks.enqueue(
        all_reduce(buffer.data(), buffer.data(), 100'000, DataType::float32, Reduction::sum),
        nullptr);
    EXPECT_THAT(error_after(ranks), testing::HasSubstr("rank 1"));
  });
  EXPECT_EQ(statuses, all_well(2));
}

TEST(DeviceCollectives, AKilledRankEndsTheOthersWithinASecondOrSo) {
  const int n = rank_count();
  std::chrono::steady_clock::time_point killed;
  auto statuses = run_device_ranks(
      n,
      [](DeviceCommunicator& ranks) {
        const Buffer buffer(4'000'000);
        std::mt19937 random(1);
        try {
          for (int i = 0; i < 1'000'000; ++i) {
            const std::size_t count = std::size_t{1} << random() % 20;
            ranks.enqueue(
                all_reduce(buffer.data(), buffer.data(), count, DataType::float32, Reduction::sum),
                nullptr);
            if (i % 8 == 0) cudaDeviceSynchronize();
          }
        } catch (const Error& error) {
          if (!ended_by_mps(error)) {
            EXPECT_EQ(error.kind(), ErrorKind::peer);
            EXPECT_THAT(error.what(), testing::HasSubstr("rank 1 (pid"));
          }
        }
        cudaDeviceSynchronize();
      },
      [&](const std::vector<pid_t>& pids) {
        std::this_thread::sleep_for(4s);
        ::kill(pids[1], SIGKILL);
        killed = std::chrono::steady_clock::now();
      });
  const auto waited = std::chrono::steady_clock::now() - killed;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(waited).count();
  std::printf("all ended %ld ms after the kill\n", static_cast<long>(ms));
  EXPECT_LT(waited, 5s);
  EXPECT_EQ(statuses[1], 128 + SIGKILL);
  statuses[1] = 0;
  EXPECT_EQ(statuses, all_well(n));
}

}  // namespace
}  // namespace septet
