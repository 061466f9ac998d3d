// SPDX-License-Identifier: Apache-2.0
#include "communicate/abi/flush.hpp"

#include <septet/error.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace septet::abi {
namespace {

/// Ends, or breaks, after it was asked so many times.
class Enqueued final : public Channel {
 public:
  Enqueued(int looks_until_end, int checks_until_break)
      : looks_(looks_until_end), checks_(checks_until_break) {}

  [[nodiscard]] int rank() const noexcept override { return 0; }
  [[nodiscard]] int size() const noexcept override { return 2; }
  [[nodiscard]] int device() const noexcept override { return 0; }
  void gather(std::span<const std::byte>, std::span<std::byte>) override {}
  void abort() noexcept override {}
  void check() const override {
    if (--checks_ == 0) throw Error(ErrorKind::peer, "rank 1 died");
  }
  [[nodiscard]] bool has_ended() const noexcept override { return --looks_ <= 0; }
  [[nodiscard]] std::size_t device_bytes() const noexcept override { return 0; }
  [[nodiscard]] std::string path() const override { return {}; }

  [[nodiscard]] int looks_left() const { return looks_; }

 private:
  mutable std::atomic<int> looks_;
  mutable std::atomic<int> checks_;
};

constexpr int never = 1'000'000'000;

TEST(Flush, WaitsForTheEndOfWhatWasLaunched) {
  const Enqueued work(5, never);
  flush(work, Interruption());
  EXPECT_EQ(work.looks_left(), 0);
}

TEST(Flush, ThrowsWhatBreaksTheCommunicatorMeanwhile) {
  EXPECT_THROW(flush(Enqueued(never, 3), Interruption()), Error);
  EXPECT_THROW(flush(Enqueued(1, 1), Interruption()), Error);
}

TEST(Flush, EndsWhenSomebodyAborts) {
  const Enqueued work(never, never);
  Interruption interruption;
  std::thread other([&] {
    while (work.looks_left() > never - 3) std::this_thread::yield();
    interruption.raise();
  });
  flush(work, interruption);
  other.join();
  EXPECT_LT(work.looks_left(), never - 2);
}

}  // namespace
}  // namespace septet::abi
