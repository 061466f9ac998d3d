// SPDX-License-Identifier: Apache-2.0
// Calls on several streams, of several communicators, with factors of their own, and how a rank
// leaves. Needs a GPU; with an MPS daemon the ranks run side by side, as slices do.
#include "device_data.hpp"
#include "device_ranks.hpp"
#include <septet/error.hpp>

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace septet {
namespace {

using namespace std::chrono_literals;

int rank_count() {
  const char* value = std::getenv("SEPTET_TEST_RANKS");
  return value == nullptr ? 4 : std::atoi(value);
}

/// By packets, and through the ring.
constexpr std::size_t small = 100;
constexpr std::size_t large = 100'000;

std::vector<cudaStream_t> streams(std::size_t count) {
  std::vector<cudaStream_t> all(count);
  for (auto& each : all) must(cudaStreamCreateWithFlags(&each, cudaStreamNonBlocking));
  return all;
}

/// Numbers on the device.
template <typename Number>
class Numbers {
 public:
  Numbers(std::size_t count, Number value) : count_(count), buffer_(count * sizeof(Number)) {
    const std::vector<Number> values(count, value);
    must(cudaMemcpy(data(), values.data(), bytes(), cudaMemcpyHostToDevice));
    must(cudaDeviceSynchronize());
  }

  [[nodiscard]] void* data() const { return buffer_.data(); }
  [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(Number); }

  /// What they are after everything that `stream` holds.
  [[nodiscard]] std::vector<Number> after(cudaStream_t stream) const {
    std::vector<Number> values(count_);
    must(cudaMemcpyAsync(values.data(), data(), bytes(), cudaMemcpyDeviceToHost, stream));
    must(cudaStreamSynchronize(stream));
    return values;
  }

 private:
  std::size_t count_;
  Buffer buffer_;
};

/// What `act` enqueues on `stream`, as a graph.
class Graph {
 public:
  Graph(cudaStream_t stream, const std::function<void()>& act) {
    must(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    act();
    must(cudaStreamEndCapture(stream, &graph_));
    must(cudaGraphInstantiate(&replay_, graph_, 0));
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() {
    cudaGraphExecDestroy(replay_);
    cudaGraphDestroy(graph_);
  }

  void launch(cudaStream_t stream) const { must(cudaGraphLaunch(replay_, stream)); }

 private:
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t replay_ = nullptr;
};

/// `later` goes on after what `first` holds.
void join(cudaStream_t later, cudaStream_t first) {
  cudaEvent_t event = nullptr;
  must(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  must(cudaEventRecord(event, first));
  must(cudaStreamWaitEvent(later, event, 0));
  must(cudaEventDestroy(event));
}

int sum_of_ranks(const DeviceCommunicator& ranks) { return ranks.size() * (ranks.size() + 1) / 2; }

void try_factor(DeviceCommunicator& ranks, std::size_t count) {
  const auto stream = streams(1)[0];
  const Numbers<float> ones(count, 1);
  const Numbers<float> sums(count, 0);
  auto scaled = all_reduce(ones.data(), sums.data(), count, DataType::float32, Reduction::sum);
  float factor = static_cast<float>(ranks.rank() + 1);
  scaled.factor = factor_of(&factor, DataType::float32);
  factor = 1000;
  const std::vector<float> expected(count, static_cast<float>(sum_of_ranks(ranks)));
  ranks.enqueue(scaled, stream);
  EXPECT_EQ(sums.after(stream), expected);
  const Graph graph(stream, [&] { ranks.enqueue(scaled, stream); });
  scaled.factor = {};
  for (int i = 0; i < 2; ++i) {
    must(cudaMemsetAsync(sums.data(), 0, sums.bytes(), stream));
    graph.launch(stream);
    EXPECT_EQ(sums.after(stream), expected);
  }
}

TEST(DeviceFactors, ByValueAreThoseOfTheCallAlsoWhenReplayed) {
  for (const int n : {1, rank_count()}) {
    const auto statuses = run_device_ranks(n, [](DeviceCommunicator& ranks) {
      try_factor(ranks, small);
      try_factor(ranks, large);
    });
    EXPECT_EQ(statuses, all_well(n));
  }
}

/// Each of `all` sets its part of `buffer` to ones, late; the sum of all parts is taken on the
/// streams.
void enqueue_parts(DeviceCommunicator& ranks, const Numbers<std::uint8_t>& buffer,
                   const std::vector<cudaStream_t>& all) {
  const std::size_t part = buffer.bytes() / all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto late = [](void*) { std::this_thread::sleep_for(20ms); };
    must(cudaLaunchHostFunc(all[i], late, nullptr));
    must(cudaMemsetAsync(static_cast<std::byte*>(buffer.data()) + i * part, 1, part, all[i]));
  }
  const auto sum =
      all_reduce(buffer.data(), buffer.data(), buffer.bytes(), DataType::uint8, Reduction::sum);
  ranks.enqueue({&sum, 1}, all);
}

TEST(DeviceStreams, ACallStartsAfterAllOfItsStreamsAndTheyGoOnAfterIt) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    const auto all = streams(3);
    const auto n = static_cast<std::uint8_t>(ranks.size());
    const Numbers<std::uint8_t> buffer(3 * large, 0);
    for (const auto stream : all) {
      enqueue_parts(ranks, buffer, all);
      EXPECT_EQ(buffer.after(stream), std::vector<std::uint8_t>(3 * large, n));
    }
    const Graph graph(all[0], [&] {
      for (std::size_t i = 1; i < all.size(); ++i) join(all[i], all[0]);
      enqueue_parts(ranks, buffer, {all[1], all[0], all[2]});
      for (std::size_t i = 1; i < all.size(); ++i) join(all[0], all[i]);
    });
    for (int i = 0; i < 2; ++i) {
      graph.launch(all[0]);
      EXPECT_EQ(buffer.after(all[0]), std::vector<std::uint8_t>(3 * large, n));
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceStreams, CallsOnDifferentStreamsOfOneCaptureKeepTheirOrder) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    const auto all = streams(2);
    const Numbers<std::int32_t> values(large, 1);
    const auto sum =
        all_reduce(values.data(), values.data(), large, DataType::int32, Reduction::sum);
    const Graph graph(all[0], [&] {
      join(all[1], all[0]);
      for (int i = 0; i < 4; ++i) ranks.enqueue(sum, all[i % 2]);
      join(all[0], all[1]);
    });
    graph.launch(all[0]);
    const int n = ranks.size();
    EXPECT_EQ(values.after(all[0]), std::vector<std::int32_t>(large, n * n * n * n));
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

TEST(DeviceStreams, OneCapturedAndOneNotAreRefusedAndNothingBreaks) {
  const auto statuses = run_device_ranks(2, [](DeviceCommunicator& ranks) {
    const auto all = streams(2);
    const Numbers<std::int32_t> values(small, 1);
    const auto sum =
        all_reduce(values.data(), values.data(), small, DataType::int32, Reduction::sum);
    const Graph graph(all[0], [&] {
      EXPECT_THROW(ranks.enqueue({&sum, 1}, std::span<const Stream>(all)), Error);
    });
    EXPECT_THROW(ranks.enqueue({&sum, 1}, std::span<const Stream>()), Error);
    ranks.enqueue(sum, all[0]);
    EXPECT_EQ(values.after(all[0]), std::vector<std::int32_t>(small, 2));
  });
  EXPECT_EQ(statuses, all_well(2));
}

TEST(DeviceTogether, GroupsOnOneStreamEndHoweverRanksListThem) {
  const auto statuses = run_device_ranks(rank_count(), [](DeviceCommunicator& ranks) {
    auto other = ranks.split(0, -ranks.rank());
    const auto stream = streams(1)[0];
    for (const std::size_t count : {small, large}) {
      const Numbers<std::int32_t> one(count, 1);
      const Numbers<std::int32_t> two(count, 2);
      const auto group = [&](DeviceCommunicator& of, const Numbers<std::int32_t>& values) {
        return DeviceGroup{
            &of,
            {all_reduce(values.data(), values.data(), count, DataType::int32, Reduction::sum)},
            {stream}};
      };
      std::vector<DeviceGroup> groups{group(ranks, one), group(*other, two)};
      if (ranks.rank() % 2 == 1) std::swap(groups[0], groups[1]);
      enqueue_together(groups);
      EXPECT_EQ(one.after(stream), std::vector<std::int32_t>(count, ranks.size()));
      EXPECT_EQ(two.after(stream), std::vector<std::int32_t>(count, 2 * ranks.size()));
      groups[0] = groups[1];
      EXPECT_THROW(enqueue_together(groups), Error);
    }
  });
  EXPECT_EQ(statuses, all_well(rank_count()));
}

/// Work of the program that does not end while this lives.
class EndlessWork {
 public:
  explicit EndlessWork(cudaStream_t stream) : stream_(stream) {
    const auto wait = [](void* ended) {
      while (!*static_cast<std::atomic<bool>*>(ended)) std::this_thread::yield();
    };
    must(cudaLaunchHostFunc(stream, wait, &ended_));
  }
  EndlessWork(const EndlessWork&) = delete;
  EndlessWork& operator=(const EndlessWork&) = delete;
  ~EndlessWork() {
    ended_ = true;
    cudaStreamSynchronize(stream_);
  }

 private:
  cudaStream_t stream_;
  std::atomic<bool> ended_{false};
};

TEST(DeviceLeaving, ABrokenCommunicatorIsLetGoOfWhileTheDeviceIsBusy) {
  const auto statuses = run_device_ranks(2, [](DeviceCommunicator& ranks) {
    const auto all = streams(2);
    const Numbers<std::int32_t> values(large, 1);
    const auto sum =
        all_reduce(values.data(), values.data(), large, DataType::int32, Reduction::sum);
    auto part = ranks.split(0, ranks.rank());
    ranks.enqueue(barrier(), all[1]);  // None is still about to meet when another aborts.
    must(cudaStreamSynchronize(all[1]));
    {
      const EndlessWork work(all[0]);
      try {
        part->enqueue(sum, all[0]);  // Behind it.
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::peer);  // The other one was faster.
      }
      part->abort();
      part.reset();  // Else the test's time limit ends this.
    }
    auto next = ranks.split(0, ranks.rank());
    const Numbers<std::int32_t> fresh(large, 1);
    next->enqueue(all_reduce(fresh.data(), fresh.data(), large, DataType::int32, Reduction::sum),
                  all[1]);
    EXPECT_EQ(fresh.after(all[1]), std::vector<std::int32_t>(large, 2));
  });
  EXPECT_EQ(statuses, all_well(2));
}

TEST(DeviceLeaving, AForkedChildLeavesNothing) {
  const auto statuses = run_device_ranks(2, [](DeviceCommunicator& ranks) {
    const pid_t child = ::fork();
    if (child == 0) {
      {
        const DeviceCommunicator inherited(std::move(ranks));
      }
      ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    const auto stream = streams(1)[0];
    const Numbers<std::int32_t> values(small, 1);
    ranks.enqueue(all_reduce(values.data(), values.data(), small, DataType::int32, Reduction::sum),
                  stream);
    EXPECT_EQ(values.after(stream), std::vector<std::int32_t>(small, 2));
  });
  EXPECT_EQ(statuses, all_well(2));
}

}  // namespace
}  // namespace septet
