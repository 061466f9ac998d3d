// SPDX-License-Identifier: Apache-2.0
#include "communicate/compound.hpp"
#include "communicate/cuda/engine.hpp"
#include "communicate/cuda/handles.hpp"
#include "communicate/cuda/leaving.hpp"
#include "communicate/family.hpp"
#include <septet/device_communicator.hpp>

#include <algorithm>
#include <vector>

namespace septet {

namespace {

std::unique_ptr<DeviceEngine> made(const Membership& membership) {
  const RelaxedCapture relaxed;
  free_leftovers();
  return std::make_unique<DeviceEngine>(membership, settings_from_environment());
}

}  // namespace

void DeviceCommunicator::LetGo::operator()(DeviceEngine* engine) const noexcept {
  let_go(std::unique_ptr<DeviceEngine>(engine));
}

DeviceCommunicator::DeviceCommunicator(const Membership& membership)
    : engine_(made(membership).release()) {}

DeviceCommunicator::DeviceCommunicator(DeviceCommunicator&&) noexcept = default;
DeviceCommunicator& DeviceCommunicator::operator=(DeviceCommunicator&&) noexcept = default;
DeviceCommunicator::~DeviceCommunicator() = default;

int DeviceCommunicator::rank() const noexcept { return engine_->state().membership().rank; }
int DeviceCommunicator::size() const noexcept { return engine_->state().membership().ranks; }
int DeviceCommunicator::device() const noexcept { return engine_->device(); }

void DeviceCommunicator::enqueue(const Operation& operation, Stream stream) {
  enqueue({&operation, 1}, {&stream, 1});
}

void DeviceCommunicator::enqueue(std::span<const Operation> group, Stream stream) {
  enqueue(group, {&stream, 1});
}

void DeviceCommunicator::enqueue(std::span<const Operation> group,
                                 std::span<const Stream> streams) {
  engine_->enqueue(engine_->checked(group, streams));
}

void DeviceCommunicator::all_to_all(const void* send, void* recv, std::size_t count, DataType type,
                                    Stream stream) {
  const std::vector<std::size_t> counts(static_cast<std::size_t>(size()), count);
  std::vector<std::size_t> offsets(counts.size());
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = i * count;
  all_to_all(send, {counts, offsets}, recv, {counts, offsets}, type, stream);
}

void DeviceCommunicator::all_to_all(const void* send, Communicator::Parts sent, void* recv,
                                    Communicator::Parts received, DataType type, Stream stream) {
  enqueue(septet::all_to_all(send, sent, recv, received, type, size()), stream);
}

void DeviceCommunicator::gather(const void* send, void* recv, std::size_t count, DataType type,
                                int root, Stream stream) {
  enqueue(septet::gather(send, recv, count, type, root, rank(), size()), stream);
}

void DeviceCommunicator::scatter(const void* send, void* recv, std::size_t count, DataType type,
                                 int root, Stream stream) {
  enqueue(septet::scatter(send, recv, count, type, root, rank(), size()), stream);
}

void DeviceCommunicator::gather_on_host(std::span<const std::byte> mine, std::span<std::byte> all) {
  engine_->state().check();
  if (size() == 1) {
    std::copy(mine.begin(), mine.end(), all.begin());
  } else {
    engine_->run_on_host(all_gather(mine.data(), all.data(), mine.size(), DataType::uint8));
  }
}

bool DeviceCommunicator::waits_on_host() const noexcept { return engine_->waits_on_host(); }

std::optional<DeviceCommunicator> DeviceCommunicator::split(std::optional<int> color, int key) {
  auto& state = engine_->state();
  const Choice mine = choice_of(color, key);
  std::vector<Choice> choices(static_cast<std::size_t>(size()));
  gather_on_host(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(choices)));
  const auto part = split_membership(state.membership(), state.splits++, choices);
  if (!part) return std::nullopt;
  return DeviceCommunicator(*part);
}

DeviceCommunicator DeviceCommunicator::shrink(std::span<const int> excluded) {
  auto& state = engine_->state();
  return DeviceCommunicator(shrink_membership(state.membership(), state.shrinks++, excluded));
}

void DeviceCommunicator::abort() noexcept {
  engine_->state().raise(
      {.trouble = Trouble::aborted, .culprit = rank(), .mine = {}, .theirs = {}});
}

void DeviceCommunicator::check() const { engine_->state().check(); }

void DeviceCommunicator::check_own_calls() const { engine_->check_own_calls(); }

bool DeviceCommunicator::has_ended() const noexcept {
  const RelaxedCapture relaxed;
  return engine_->has_ended();
}

}  // namespace septet
