// SPDX-License-Identifier: Apache-2.0
#include "communicate/cuda/engine.hpp"

#include "communicate/check_operation.hpp"
#include "communicate/cuda/check.hpp"
#include "communicate/cuda/own_messages.hpp"
#include "communicate/host/alone.hpp"
#include "communicate/host/cores.hpp"
#include "communicate/host/run.hpp"
#include "communicate/host/shared_words.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace septet {
namespace {

/// From here on a collective is cut into chunks that several blocks move at once. Source:
/// docs/performance.md, Collectives on the device.
constexpr std::size_t least_chunk_bytes = 16 << 10;

/// Ranks whose kernels run side by side meet in some ten microseconds; those that take turns on a
/// device, in milliseconds. Source: docs/performance.md, Collectives on the device.
constexpr double time_shared_us = 400;

/// How long the news of a death may take that has made a call of CUDA fail: a killed process has
/// ended for others only when its files are closed, at which the driver takes its memory back.
constexpr std::chrono::milliseconds news_of_death{500};

int current_device() {
  int device = 0;
  check(cudaGetDevice(&device), "ask for the current device");
  return device;
}

/// The address of `place` where another mapping of the same memory begins at `to`.
template <typename Place>
Place* moved(Place* place, const std::byte* from, std::byte* to) {
  return reinterpret_cast<Place*>(to + (reinterpret_cast<const std::byte*>(place) - from));
}

void check_message_count(std::span<const Operation> group) {
  const auto count = std::count_if(group.begin(), group.end(), is_message);
  if (count <= Messenger::most_messages) return;
  throw Error(ErrorKind::argument, std::to_string(count) + " messages in one group: at most " +
                                       std::to_string(Messenger::most_messages) +
                                       " fit; make several groups");
}

/// Blocks of one kernel wait for each other, so all of them must run at once: `resident` of them
/// can. Source of the numbers: docs/performance.md, Collectives on the device.
Blocks usual_blocks(std::uint32_t resident, bool host_combines) {
  if (resident < 12) return {.publish = 1, .reduce = 1, .collect = 1};
  if (host_combines) return {.publish = 3, .reduce = 0, .collect = 4};
  if (resident < 40) return {.publish = 4, .reduce = 4, .collect = 4};
  return {.publish = 4, .reduce = 8, .collect = 8};
}

/// Blocks of messages: no more than leave room for a collective, since another communicator may
/// have one under way at the same time, which waits for ranks where messages came first.
std::uint32_t message_blocks(std::uint32_t resident) {
  constexpr std::uint32_t most = 16;  // Source: docs/performance.md, Messages on the device.
  const auto [publish, reduce, collect] = usual_blocks(resident, false);
  const std::uint32_t beside = std::min(resident, publish + reduce + collect);
  return std::min(resident, std::clamp(resident - beside, 2U, most));
}

/// How many threads a collective by packets can use: so many that none waits for more than one
/// packet of a rank after another, or publishes more than two. Beside them is a warp with nothing
/// to wait for, which writes the card.
std::uint32_t packet_threads(const ExchangePlan& plan, const Mail& mail) {
  constexpr std::size_t warp = 32;
  const bool two_phases = packet_way(plan, mail.limits) == PacketWay::two_phases;
  const bool of_all = plan.collecting == Collecting::every_slot;
  const std::size_t words = words_of(plan);
  const std::size_t collected = two_phases
                                    ? share_of(words, mail.ranks)
                                    : words * static_cast<std::size_t>(of_all ? mail.ranks : 1);
  const std::size_t items = head_items + std::max(collected, words * plan.parts / 2);
  return static_cast<std::uint32_t>((items + warp - 1) / warp * warp + warp);
}

/// Source of the numbers: docs/performance.md, Collectives on the device.
PacketGrid packet_grid(std::uint32_t threads, std::uint32_t resident) {
  constexpr std::uint32_t each = PacketGrid::most_threads;
  if (threads <= each) return {.blocks = 1, .threads = threads};
  const std::uint32_t most = std::min(resident, resident < 24 ? 4U : 8U);
  return {.blocks = std::clamp((threads + each - 1) / each, 1U, std::max(1U, most))};
}

bool is_aligned(const void* address) { return reinterpret_cast<std::uintptr_t>(address) % 16 == 0; }

/// Whether lines of 16 bytes of a rank's own data can be read and written where they are.
bool can_stay_home(const ExchangePlan& plan) {
  const auto& operation = plan.operation;
  const bool parts_aligned = plan.parts == 1 || operation.count * plan.element_bytes % 16 == 0;
  return factor_at(operation) == nullptr && parts_aligned && is_aligned(operation.send) &&
         is_aligned(operation.recv);
}

/// The pipes by addresses from `base` on, nothing moved yet.
DeviceState fresh_state(const SegmentLayout& layout, std::byte* base, const Membership& own) {
  DeviceState fresh;
  for (int peer = 0; peer < own.ranks; ++peer) {
    if (peer == own.rank) continue;
    const auto p = static_cast<std::size_t>(peer);
    fresh.out[p].pipe = layout.pipe(base, own.rank, peer);
    fresh.in[p].pipe = layout.pipe(base, peer, own.rank);
  }
  return fresh;
}

}  // namespace

DeviceEngine::DeviceEngine(const Membership& membership, const Settings& settings)
    : device_(current_device()),
      state_(membership, settings, BufferPlace::device),
      control_(state_.layout().control_ring(state_.memory().data(), membership.rank)),
      registration_(state_.memory()),
      combiner_(std::in_place, state_.board(),
                state_.layout().ring(state_.memory().data(), membership.rank),
                &state_.card().begun) {
  std::byte* host = state_.memory().data();
  std::byte* base = registration_.on_device();
  ring_ = state_.layout().ring(base, membership.rank);
  mail_ = state_.layout().mail(base, membership.rank);
  begun_on_device_ = moved(&state_.card().begun, host, base);
  on_device_ = on_device(fresh_state(state_.layout(), base, membership));
  keeper_.emplace(state_, device_, &on_device_->progress.operations);
  station_ = {.state = on_device_.get(),
              .broken = moved(state_.board().broken, host, base),
              .cards = moved(state_.board().cards.data(), host, base),
              .rank = membership.rank,
              .ranks = membership.ranks};
  load_kernels();
  blocks_of_device_ = resident_blocks(device_);
  resident_blocks_ = std::min(blocks_of_device_, membership.most_blocks);
  sets_up_early_ = sets_up_early(device_);
  if (membership.ranks == 1) return;
  may_combine_ = has_core_for_combiner();
  if (must_wait_on_host()) {
    relay_ = std::make_unique<Relay>(state_);
    state_.tell_ends();
  } else {
    messenger_.emplace(station_,
                       Tuning{.slot_bytes = state_.layout().capacity().pipe_slot_bytes,
                              .least_chunk_bytes = least_chunk_bytes},
                       message_blocks(resident_blocks_));
  }
}

bool DeviceEngine::has_core_for_combiner() {
  const CoreShare mine = own_core_share();
  std::vector<CoreShare> shares(state_.members().size());
  run_on_host(all_gather(&mine, shares.data(), sizeof mine, DataType::uint8));
  return has_core_to_combine(shares, ring_.rank);
}

bool DeviceEngine::must_wait_on_host() {
  const auto wait_on = state_.settings().wait_on;
  std::int32_t slow = wait_on == WaitOn::host ? 1 : 0;
  if (wait_on == WaitOn::automatic) slow = fastest_barrier_us() > time_shared_us ? 1 : 0;
  run_on_host(all_reduce(&slow, &slow, 1, DataType::int32, Reduction::max));
  return slow != 0;
}

double DeviceEngine::fastest_barrier_us() {
  using Clock = std::chrono::steady_clock;
  const OwnStream stream;
  const auto plan = plan_exchange(barrier(), ring_.rank, ring_.ranks, {.slot_bytes = 1024});
  auto fastest = Clock::duration::max();
  for (int i = 0; i < 5; ++i) {
    run_on_host(barrier());
    const auto start = Clock::now();
    launch(PacketJob{station_, mail_, plan}, stream.get());
    check(cudaStreamSynchronize(stream.get()), "wait for a barrier of kernels");
    fastest = std::min(fastest, Clock::now() - start);
  }
  // Host functions, if they are to wait, count their collectives anew.
  post(state_.card().collective, std::uint64_t{0});
  return std::chrono::duration<double, std::micro>(fastest).count();
}

DeviceEngine::~DeviceEngine() {
  // What was enqueued, host functions among it, uses what is now destroyed.
  order_.wait();
}

void DeviceEngine::check_own_calls() {
  // When it is not to be found out, the call may well be one that the abort has met.
  const bool is_known = !keeper_ || !state_.was_aborted_by_another() || keeper_->await_settled();
  if (!is_known) state_.check();
  state_.check_own_calls();
}

void DeviceEngine::stop() noexcept {
  combiner_.reset();
  keeper_.reset();
  state_.leave();
}

bool DeviceEngine::has_ended() const noexcept {
  return state_.is_of_this_process() && order_.has_ended();
}

void DeviceEngine::run_on_host(const Operation& operation) {
  // Kernels say what this rank is at.
  const HostGroup group{&state_, &control_, {&operation, 1}, false};
  septet::run_on_host({&group, 1});
}

DeviceCall DeviceEngine::checked(std::span<const Operation> group,
                                 std::span<const cudaStream_t> streams) {
  const auto& own = state_.membership();
  for (const auto& each : group) check_operation(each, own.rank, own.ranks);
  check_message_count(group);
  check_own_messages(own_messages(group, own.rank));
  state_.check();
  if (group.empty()) return {};
  try {
    const CurrentDevice current(device_);
    const DeviceCall call{.group = group, .streams = streams, .capture = common_capture(streams)};
    for (const auto& each : group) check_path(each, call.capture.active);
    return call;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::device) give_up(group);
    throw;
  }
}

void DeviceEngine::enqueue(const DeviceCall& call) {
  if (call.group.empty()) return;
  try {
    const CurrentDevice current(device_);
    order_.begin(call.streams, call.capture);
    enqueue_group(call);
    order_.end(call.streams);
  } catch (...) {
    // What is enqueued half-way would leave the other ranks waiting.
    give_up(call.group);
    throw;
  }
  keeper_->note_enqueued();
}

void DeviceEngine::give_up(std::span<const Operation> group) {
  if (state_.give_up(describe(group.front()), news_of_death)) state_.check();
}

void DeviceEngine::enqueue_group(const DeviceCall& call) {
  const cudaStream_t stream = call.streams.front();
  const int rank = state_.membership().rank;
  enqueue_own_messages(own_messages(call.group, rank), stream);
  auto rest = without_own_messages(call.group, rank);
  if (state_.membership().ranks == 1) return enqueue_alone(rest, stream);
  const auto messages = std::stable_partition(
      rest.begin(), rest.end(), [](const Operation& each) { return !is_message(each); });
  for (auto each = rest.begin(); each != messages; ++each) {
    enqueue_collective(*each, stream, call.capture.active);
  }
  if (relay_) return relay_->enqueue_messages({messages, rest.end()}, stream);
  messenger_->enqueue({messages, rest.end()}, stream);
}

void DeviceEngine::enqueue_alone(std::span<const Operation> group, cudaStream_t stream) {
  for (const auto& each : group) {
    const std::size_t bytes = bytes_of(each);
    if (each.kind == OperationKind::barrier || bytes == 0) continue;
    if (factor_at(each) != nullptr) {
      launch_scale(each, stream);
    } else if (each.send != each.recv) {
      check(cudaMemcpyAsync(each.recv, each.send, bytes, cudaMemcpyDefault, stream),
            "copy the buffer of the only rank");
    }
  }
}

void DeviceEngine::enqueue_collective(const Operation& operation, cudaStream_t stream,
                                      bool captured) {
  if (operation.count == 0 && operation.kind != OperationKind::barrier) return;
  if (relay_) return relay_->enqueue(operation, stream);
  const auto plan = plan_of(operation);
  const Path path = path_of(plan, captured);
  if (path == Path::packets || path == Path::packets_two_phases) {
    const Mail mail = mail_for(operation);
    const auto grid = packet_grid(packet_threads(plan, mail), resident_blocks_);
    launch(PacketJob{station_, mail, plan, grid, sets_up_early_ && !captured}, stream);
  } else {
    enqueue_exchange(plan, stream, path == Path::ring_host);
  }
}

ExchangePlan DeviceEngine::plan_of(const Operation& operation) const {
  const Tuning tuning{.slot_bytes = state_.chunk_bytes_for(operation),
                      .least_chunk_bytes = least_chunk_bytes,
                      .one_hop_bytes = 0};
  return plan_exchange(operation, ring_.rank, ring_.ranks, tuning);
}

Path DeviceEngine::path_of(const Operation& operation, bool captured) const {
  if (ring_.ranks == 1) return Path::alone;
  if (relay_) return Path::host_functions;
  if (is_message(operation)) return Path::messages;
  return path_of(plan_of(operation), captured);
}

Mail DeviceEngine::mail_for(const Operation& operation) const {
  Mail mail = mail_;
  mail.limits = limits_in(state_.manner_for(operation), mail.limits);
  return mail;
}

Path DeviceEngine::path_of(const ExchangePlan& plan, bool captured) const {
  if (state_.manner_for(plan.operation).hops != Hops::two) {
    switch (packet_way(plan, mail_for(plan.operation).limits)) {
      case PacketWay::one_phase:
        return Path::packets;
      case PacketWay::two_phases:
        return Path::packets_two_phases;
      case PacketWay::none:
        break;
    }
  }
  if (!plan.combines) return Path::ring;
  return host_combines(plan, captured) ? Path::ring_host : Path::ring_device;
}

void DeviceEngine::check_path(const Operation& operation, bool captured) const {
  const Path wanted = state_.forced_path();
  const bool has_one_way = operation.count == 0 || operation.kind == OperationKind::barrier ||
                           is_message(operation) || ring_.ranks == 1;
  if (wanted == Path::automatic || has_one_way) return;
  const Path taken = path_of(operation, captured);
  if (is_kind_of(taken, wanted) || is_kind_of(wanted, taken)) return;
  throw Error(ErrorKind::argument, "SEPTET_PATH=" + std::string(name_of(wanted)) + ": " +
                                       text_of(describe(operation)) + " " + why_not(wanted, taken) +
                                       ": unset the variable, or name another path");
}

bool DeviceEngine::host_combines(const ExchangePlan& plan, bool captured) const {
  // A graph may be replayed without a call that would wake the thread.
  if (captured) return false;
  switch (state_.manner_for(plan.operation).reduce_on) {
    case ReduceOn::host:
      return true;
    case ReduceOn::device:
      return false;
    case ReduceOn::automatic:
      break;
  }
  // With two ranks the device moves no more bytes when it adds itself.
  return ring_.ranks > 2 && may_combine_;
}

BlockCrew DeviceEngine::crew_for(const ExchangePlan& plan, bool host_combines) const {
  const auto& wish = state_.manner_for(plan.operation).blocks;
  const bool fits = wish.publish + wish.reduce + wish.collect <= blocks_of_device_;
  const Blocks given = fits ? wish : Blocks{};
  const Blocks usual = usual_blocks(resident_blocks_, host_combines);
  const auto blocks = [&](bool needed, std::uint32_t wanted, std::uint32_t otherwise) {
    if (!needed) return std::uint32_t{0};
    return std::min(wanted == 0 ? otherwise : wanted, plan.chunks);
  };
  return {.publishers = blocks(plan.publishes, given.publish, usual.publish),
          .combiners = blocks(plan.combines && !host_combines, given.reduce, usual.reduce),
          .collectors = blocks(true, given.collect, usual.collect)};
}

void DeviceEngine::enqueue_exchange(ExchangePlan plan, cudaStream_t stream, bool host_combines) {
  plan.own_stays_home = !host_combines && can_stay_home(plan);
  ExchangeJob job{
      .station = station_, .ring = ring_, .plan = plan, .crew = crew_for(plan, host_combines)};
  if (host_combines) {
    job.begun = begun_on_device_;
    job.ticket = combiner_->add(plan);
  }
  launch(job, stream);
}

}  // namespace septet
