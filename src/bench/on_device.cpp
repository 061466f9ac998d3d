// SPDX-License-Identifier: Apache-2.0
#include "bench/on_device.hpp"

#include "communicate/cuda/engine.hpp"
#include "communicate/cuda/leaving.hpp"
#include <septet/error.hpp>

#include <cuda_runtime_api.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace septet::bench {
namespace {

void check(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  throw Error(ErrorKind::device, std::string(what) + ": " + cudaGetErrorString(code));
}

cudaStream_t stream_of(const Memory& memory) { return static_cast<cudaStream_t>(memory.queue()); }

class DeviceMemory : public Memory {
 public:
  DeviceMemory() {
    check(cudaSetDevice(0), "use the device");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a stream");
  }
  ~DeviceMemory() override { static_cast<void>(cudaStreamDestroy(stream_)); }

  Block allocate(std::size_t bytes) override {
    void* block = nullptr;
    check(cudaMalloc(&block, bytes), "take device memory");
    return {block, [](void* taken) { static_cast<void>(cudaFree(taken)); }};
  }
  void write(void* to, std::span<const std::byte> from) override {
    copy(to, from.data(), from.size());
  }
  void read(std::span<std::byte> to, const void* from) override {
    copy(to.data(), from, to.size());
  }
  void wait() override { check(cudaStreamSynchronize(stream_), "wait for the device"); }
  [[nodiscard]] std::optional<std::size_t> free_bytes() const override {
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "ask how much device memory is free");
    return free;
  }
  [[nodiscard]] void* queue() const noexcept override { return stream_; }

 private:
  void copy(void* to, const void* from, std::size_t bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_), "copy");
    wait();
  }

  cudaStream_t stream_ = nullptr;
};

struct LetGo {
  void operator()(DeviceEngine* engine) const noexcept {
    let_go(std::unique_ptr<DeviceEngine>(engine));
  }
};

using Engine = std::unique_ptr<DeviceEngine, LetGo>;

class SeptetOnDevice : public Library {
 public:
  SeptetOnDevice(const Membership& membership, Memory& memory, Way way)
      : way_(std::move(way)),
        engine_(new DeviceEngine(membership, way_.settings)),
        stream_(stream_of(memory)) {}

  [[nodiscard]] std::string name() const override { return way_.name; }
  void run(std::span<const Operation> group) override {
    engine_->enqueue(engine_->checked(group, {&stream_, 1}));
  }
  [[nodiscard]] std::string path_of(std::span<const Operation> group) const override {
    return path_in(way_, group, engine_->path_of(group.front(), false),
                   {.chunk_bytes = engine_->state().layout().capacity().slot_bytes,
                    .blocks = engine_->blocks_of_device()});
  }
  [[nodiscard]] bool is_exact(const Operation&, int) const override { return true; }

 private:
  Way way_;
  Engine engine_;
  cudaStream_t stream_;
};

/// A captured and instantiated graph. Move-only in effect: it is made in place.
class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() { reset(); }

  template <typename Enqueue>
  void capture(cudaStream_t stream, Enqueue enqueue) {
    reset();
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "begin a graph");
    enqueue();
    check(cudaStreamEndCapture(stream, &graph), "end the graph");
    const cudaError_t made = cudaGraphInstantiate(&ready_, graph, 0);
    static_cast<void>(cudaGraphDestroy(graph));
    check(made, "instantiate the graph");
  }

  void launch(cudaStream_t stream) { check(cudaGraphLaunch(ready_, stream), "launch the graph"); }

 private:
  void reset() noexcept {
    if (ready_ != nullptr) static_cast<void>(cudaGraphExecDestroy(ready_));
    ready_ = nullptr;
  }

  cudaGraphExec_t ready_ = nullptr;
};

/// Captures when the buffers or counts are others than of the call before.
class SeptetInGraphs : public Library {
 public:
  SeptetInGraphs(const Membership& membership, Memory& memory)
      : engine_(new DeviceEngine(membership, settings_from_environment())),
        stream_(stream_of(memory)) {}

  [[nodiscard]] std::string name() const override { return "septet graph"; }

  void run(std::span<const Operation> group) override {
    if (!is_captured(group)) {
      graph_.capture(stream_, [&] { engine_->enqueue(engine_->checked(group, {&stream_, 1})); });
      captured_.assign(group.begin(), group.end());
    }
    graph_.launch(stream_);
  }
  [[nodiscard]] std::string path_of(std::span<const Operation> group) const override {
    return std::string(septet::name_of(engine_->path_of(group.front(), true)));
  }
  [[nodiscard]] bool is_exact(const Operation&, int) const override { return true; }

 private:
  [[nodiscard]] bool is_captured(std::span<const Operation> group) const {
    return !captured_.empty() && std::ranges::equal(group, captured_, is_same);
  }
  [[nodiscard]] static bool is_same(const Operation& a, const Operation& b) {
    return a.kind == b.kind && a.type == b.type && a.reduction == b.reduction && a.root == b.root &&
           a.count == b.count && a.send == b.send && a.recv == b.recv;
  }

  Engine engine_;
  cudaStream_t stream_;
  Graph graph_;
  std::vector<Operation> captured_;
};

}  // namespace

bool has_cuda() noexcept { return true; }

std::unique_ptr<Memory> device_memory() { return std::make_unique<DeviceMemory>(); }

std::unique_ptr<Library> septet_on_device(const Membership& membership, Memory& memory,
                                          const Way& way) {
  return std::make_unique<SeptetOnDevice>(membership, memory, way);
}

std::unique_ptr<Library> septet_in_graphs(const Membership& membership, Memory& memory) {
  return std::make_unique<SeptetInGraphs>(membership, memory);
}

}  // namespace septet::bench
