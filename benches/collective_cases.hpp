// SPDX-License-Identifier: Apache-2.0
// What collectives are measured with, whoever does them. Each rank of a group runs the cases; the
// last one prints a line for each: name, bytes, microseconds (median, 99th percentile).
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace septet::bench {

/// The ranks of one implementation, seen by one of them. Elements are floats; reductions are sums.
class Group {
 public:
  Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  virtual ~Group() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  virtual void barrier() = 0;
  virtual void all_reduce(const float* send, float* recv, std::size_t count) = 0;
  virtual void broadcast(float* buffer, std::size_t count) = 0;  ///< From rank 0.
  /// `count` elements of, or for, each rank.
  virtual void all_gather(const float* send, float* recv, std::size_t count) = 0;
  virtual void all_to_all(const float* send, float* recv, std::size_t count) = 0;
  virtual void send(const float* buffer, std::size_t count, int peer) = 0;
  virtual void recv(float* buffer, std::size_t count, int peer) = 0;
};

/// Bytes of the whole message, as nccl-tests count them: of the larger buffer of a rank.
inline constexpr std::array<std::size_t, 7> sizes{8,       1 << 10,  16 << 10, 128 << 10,
                                                  1 << 20, 16 << 20, 64 << 20};

/// Measures the cases of one group, at one size after another.
class Cases {
 public:
  explicit Cases(Group& group)
      : group_(group), send_(sizes.back() / sizeof(float), 1), recv_(send_.size()) {}

  void run() {
    for (const std::size_t bytes : sizes) {
      for (const auto* name :
           {"copy", "all_reduce", "broadcast", "all_gather", "all_to_all", "round_trip"}) {
        print(name, bytes, times_of(name, bytes, repetitions(bytes)));
      }
    }
  }

  /// Microseconds of each of `calls` calls of the case `name`, sorted.
  [[nodiscard]] std::vector<double> times_of(const std::string& name, std::size_t bytes,
                                             int calls) {
    const auto run = case_of(name, bytes);
    for (int i = 0; i < 3; ++i) run();
    group_.barrier();
    std::vector<double> times;
    for (int i = calls; i > 0; --i) {
      const auto start = std::chrono::steady_clock::now();
      run();
      const std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - start;
      times.push_back(took.count());
    }
    group_.barrier();
    std::ranges::sort(times);
    return times;
  }

 private:
  [[nodiscard]] std::size_t ranks() const { return static_cast<std::size_t>(group_.size()); }

  /// Between the first and the last rank.
  void round_trip(std::size_t count) {
    const int last = group_.size() - 1;
    if (group_.rank() == 0) {
      group_.send(send_.data(), count, last);
      group_.recv(recv_.data(), count, last);
    } else if (group_.rank() == last) {
      group_.recv(recv_.data(), count, 0);
      group_.send(send_.data(), count, 0);
    }
  }

  static int repetitions(std::size_t bytes) {
    if (bytes <= 16 << 10) return 1000;
    return bytes <= 1 << 20 ? 200 : 16;
  }

  [[nodiscard]] std::function<void()> case_of(const std::string& name, std::size_t bytes) {
    const std::size_t count = bytes / sizeof(float);
    const std::size_t part = std::max<std::size_t>(1, count / ranks());
    auto* from = send_.data();
    auto* to = recv_.data();
    if (name == "copy") return [=] { std::memcpy(to, from, bytes); };
    if (name == "all_reduce") return [=, this] { group_.all_reduce(from, to, count); };
    if (name == "broadcast") return [=, this] { group_.broadcast(to, count); };
    if (name == "all_gather") return [=, this] { group_.all_gather(from, to, part); };
    if (name == "all_to_all") return [=, this] { group_.all_to_all(from, to, part); };
    return [=, this] { round_trip(count); };
  }

  void print(const char* name, std::size_t bytes, const std::vector<double>& times) {
    if (group_.rank() != group_.size() - 1) return;
    std::printf("%s %zu %.3f %.3f\n", name, bytes, times[times.size() / 2],
                times[times.size() * 99 / 100]);
    std::fflush(stdout);
  }

  Group& group_;
  std::vector<float> send_;
  std::vector<float> recv_;
};

}  // namespace septet::bench
