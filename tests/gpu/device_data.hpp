// SPDX-License-Identifier: Apache-2.0
// What ranks send in tests, on devices, and what must come of it.
#pragma once

#include "communicate/host/reduce.hpp"
#include <septet/data_type.hpp>

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace septet {

using Bytes = std::vector<std::byte>;

inline void must(cudaError_t code) { ASSERT_EQ(code, cudaSuccess) << cudaGetErrorString(code); }

/// Device memory at an odd address, or not.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes, std::size_t offset = 0) : offset_(offset), bytes_(bytes) {
    must(cudaMalloc(&memory_, bytes + 64));
    must(cudaMemset(memory_, 0xee, bytes + 64));
  }
  Buffer(const Bytes& content, std::size_t offset) : Buffer(content.size(), offset) {
    fill(content);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { cudaFree(memory_); }

  [[nodiscard]] std::byte* data() const { return static_cast<std::byte*>(memory_) + offset_; }
  void fill(const Bytes& content) const {
    must(cudaMemcpy(data(), content.data(), content.size(), cudaMemcpyHostToDevice));
  }
  [[nodiscard]] Bytes content() const {
    Bytes bytes(bytes_);
    must(cudaMemcpy(bytes.data(), data(), bytes_, cudaMemcpyDeviceToHost));
    return bytes;
  }

 private:
  void* memory_ = nullptr;
  std::size_t offset_;
  std::size_t bytes_;
};

/// What rank `rank` sends in call number `call`: any bits, NaN and denormals among them.
inline Bytes data_of(int rank, unsigned call, std::size_t bytes) {
  std::mt19937_64 random(static_cast<std::uint64_t>(rank) * 7919 + call);
  Bytes data(bytes + 8);
  for (std::size_t i = 0; i < bytes; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(data.data() + i, &word, 8);
  }
  data.resize(bytes);
  return data;
}

/// Elements first … first + count of all ranks' data, reduced by the host.
inline Bytes reduced(int ranks, unsigned call, std::size_t all, std::size_t first,
                     std::size_t count, DataType type, Reduction reduction) {
  const std::size_t bytes = count * size_of(type);
  const std::size_t stride = (bytes + 63) / 64 * 64 + 64;
  void* sources = std::aligned_alloc(64, stride * static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) {
    const auto data = data_of(rank, call, all * size_of(type));
    std::memcpy(static_cast<std::byte*>(sources) + static_cast<std::size_t>(rank) * stride,
                data.data() + first * size_of(type), bytes);
  }
  Bytes result(bytes);
  reduce({result.data()}, {static_cast<std::byte*>(sources), stride, ranks}, count, type,
         reduction);
  std::free(sources);
  return result;
}

}  // namespace septet
