// SPDX-License-Identifier: Apache-2.0
// All-reduce of float32 on device buffers by N processes on device 0: Septet's, and in the same run
// that of any libnccl.so.2.
//
//   device_collectives RANKS [--nccl FILE] [BYTES…]
//
// With an MPS daemon running the ranks are side by side, each with its share of the SMs. A line a
// size: microseconds a call back to back, with a synchronisation after each call, and algbw.
#include <septet/device_communicator.hpp>

#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

void must(cudaError_t code) {
  if (code != cudaSuccess) throw std::runtime_error(cudaGetErrorString(code));
}

/// One library's all-reduce, as one rank calls it.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;
  virtual void all_reduce(void* buffer, std::size_t count, cudaStream_t stream) = 0;
};

class SeptetPeer : public Peer {
 public:
  SeptetPeer(const septet::Token& token, int rank, int ranks)
      : communicator_({.token = token, .rank = rank, .ranks = ranks, .slice = ""}) {}
  void all_reduce(void* buffer, std::size_t count, cudaStream_t stream) override {
    communicator_.enqueue(septet::all_reduce(buffer, buffer, count, septet::DataType::float32,
                                             septet::Reduction::sum),
                          stream);
  }

 private:
  septet::DeviceCommunicator communicator_;
};

/// NCCL's C interface, as far as it is called here. The id is made by rank 0 and handed on by the
/// ranks' own barrier.
class NcclPeer : public Peer {
 public:
  using Id = std::array<char, 128>;

  NcclPeer(const char* file, septet::Communicator& ranks) : library_(::dlopen(file, RTLD_NOW)) {
    if (library_ == nullptr) throw std::runtime_error(::dlerror());
    Id id{};
    if (ranks.rank() == 0) must_nccl(call<int(Id*)>("ncclGetUniqueId")(&id));
    ranks.broadcast(id.data(), id.data(), id.size(), septet::DataType::int8, 0);
    const auto init = call<int(void**, int, IdStruct, int)>("ncclCommInitRank");
    IdStruct by_value{};
    std::memcpy(by_value.bytes, id.data(), id.size());
    must_nccl(init(&communicator_, ranks.size(), by_value, ranks.rank()));
    all_reduce_ =
        call<int(const void*, void*, std::size_t, int, int, void*, cudaStream_t)>("ncclAllReduce");
  }
  void all_reduce(void* buffer, std::size_t count, cudaStream_t stream) override {
    constexpr int float32 = 7;
    constexpr int sum = 0;
    must_nccl(all_reduce_(buffer, buffer, count, float32, sum, communicator_, stream));
  }

 private:
  struct IdStruct {
    char bytes[128];
  };
  template <typename Function>
  [[nodiscard]] Function* call(const char* name) const {
    return reinterpret_cast<Function*>(::dlsym(library_, name));
  }
  static void must_nccl(int code) {
    if (code != 0) throw std::runtime_error("NCCL answers " + std::to_string(code));
  }

  void* library_;
  void* communicator_ = nullptr;
  int (*all_reduce_)(const void*, void*, std::size_t, int, int, void*, cudaStream_t) = nullptr;
};

struct Times {
  double back_to_back_us;
  double alone_us;
};

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

Times measure(Peer& peer, septet::Communicator& ranks, void* buffer, std::size_t bytes,
              cudaStream_t stream) {
  const int calls = bytes <= (1 << 20) ? 100 : 10;
  const auto run = [&](int count, bool alone) {
    ranks.barrier();
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i) {
      peer.all_reduce(buffer, bytes / 4, stream);
      if (alone) must(cudaStreamSynchronize(stream));
    }
    must(cudaStreamSynchronize(stream));
    return microseconds(Clock::now() - start) / count;
  };
  run(5, false);
  std::array<double, 5> samples{};
  for (auto& each : samples) each = run(calls, false);
  std::sort(samples.begin(), samples.end());
  return {samples[samples.size() / 2], run(calls, true)};
}

void bench(Peer& peer, septet::Communicator& ranks, const char* name,
           const std::vector<std::size_t>& sizes) {
  cudaStream_t stream = nullptr;
  must(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  void* buffer = nullptr;
  must(cudaMalloc(&buffer, sizes.back()));
  must(cudaMemset(buffer, 0, sizes.back()));
  for (const std::size_t bytes : sizes) {
    const auto mine = measure(peer, ranks, buffer, bytes, stream);
    if (ranks.rank() == 0) {
      std::printf("%-14s %d ranks %10zu B %10.1f us %10.1f us alone %8.2f GB/s\n", name,
                  ranks.size(), bytes, mine.back_to_back_us, mine.alone_us,
                  static_cast<double>(bytes) / mine.back_to_back_us / 1e3);
      std::fflush(stdout);
    }
  }
  must(cudaFree(buffer));
}

struct Arguments {
  int ranks = 4;
  const char* nccl = nullptr;
  std::vector<std::size_t> sizes;
};

Arguments parse(int count, char** words) {
  Arguments arguments;
  if (count > 1) arguments.ranks = std::atoi(words[1]);
  for (int i = 2; i < count; ++i) {
    if (std::string_view(words[i]) == "--nccl" && i + 1 < count) {
      arguments.nccl = words[++i];
    } else {
      arguments.sizes.push_back(std::strtoull(words[i], nullptr, 10));
    }
  }
  if (arguments.sizes.empty()) {
    arguments.sizes = {8, 1024, 8192, 65536, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28};
  }
  return arguments;
}

int run_rank(const Arguments& arguments, const septet::Token& token, int rank) {
  ::setenv("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", std::to_string(100 / arguments.ranks).c_str(), 1);
  try {
    must(cudaSetDevice(0));
    septet::Communicator ranks(
        {.token = token, .rank = rank, .ranks = arguments.ranks, .slice = ""});
    std::unique_ptr<Peer> peer;
    if (arguments.nccl != nullptr) {
      peer = std::make_unique<NcclPeer>(arguments.nccl, ranks);
    } else {
      peer = std::make_unique<SeptetPeer>(septet::derived_token(token, "bench", 1), rank,
                                          arguments.ranks);
    }
    bench(*peer, ranks, arguments.nccl == nullptr ? "septet" : "nccl", arguments.sizes);
    ranks.barrier();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", rank, error.what());
    return 1;
  }
}

}  // namespace

int main(int count, char** words) {
  const Arguments arguments = parse(count, words);
  const septet::Token token = septet::random_token();
  for (int rank = 0; rank < arguments.ranks; ++rank) {
    if (::fork() == 0) ::_exit(run_rank(arguments, token, rank));
  }
  int worst = 0;
  int status = 0;
  while (::wait(&status) > 0) worst = std::max(worst, status);
  return worst == 0 ? 0 : 1;
}
