// SPDX-License-Identifier: Apache-2.0
#include "binding/link.hpp"

#include "communicate/compound.hpp"
#include <septet/error.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

namespace septet::python {
namespace {

namespace py = pybind11;

/// The right of one thread to call; the second one is told.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& busy) : busy_(busy) {
    if (busy_.exchange(true)) {
      throw Error(
          ErrorKind::usage,
          "this communicator is in a call already, of another thread or of one that a signal "
          "handler interrupts: one call at a time; by split() each thread gets its own");
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { busy_ = false; }

 private:
  std::atomic<bool>& busy_;
};

/// Runs Python's signal handlers now and then, and passes on what they throw: KeyboardInterrupt.
class SignalCheck {
 public:
  void operator()() {
    using namespace std::chrono_literals;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < 50ms) return;
    last_ = now;
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }

 private:
  std::chrono::steady_clock::time_point last_;
};

/// Without the GIL, which the caller has.
template <typename Body>
auto unlocked(Body body) {
  const py::gil_scoped_release released;
  return body();
}

Communicator meet(Membership membership) {
  membership.while_waiting = SignalCheck();
  return unlocked([&] { return Communicator(membership); });
}

Reduction reduction_of(std::string_view name) {
  std::string known;
  for (const auto reduction : all_reductions()) {
    if (name_of(reduction) == name) return reduction;
    known += (known.empty() ? "" : ", ") + std::string(name_of(reduction));
  }
  throw Error(ErrorKind::argument,
              "no reduction is called \"" + std::string(name) + "\"; there are " + known);
}

void require_numbers(const Array& array) {
  if (!array.is_logical) return;
  throw Error(ErrorKind::argument,
              "bool has no sum here: reduce array.view(\"u1\"), by max for any and min for all");
}

/// `large` has `times` as many elements of the same type, in memory of the same place.
void require_match(const Array& small, const Array& large, std::size_t times, const char* what) {
  if (small.type != large.type) {
    throw Error(ErrorKind::argument, std::string(what) + ": one array has " +
                                         std::string(name_of(small.type)) + ", the other " +
                                         std::string(name_of(large.type)));
  }
  if (small.place != large.place) {
    throw Error(ErrorKind::argument,
                std::string(what) + ": one array is on the host, the other on a device");
  }
  if (small.count * times == large.count) return;
  throw Error(ErrorKind::argument,
              std::string(what) + ": " + std::to_string(small.count) + " elements" +
                  (times == 1 ? "" : " for each of " + std::to_string(times) + " ranks") +
                  " do not go with " + std::to_string(large.count));
}

Array readable(const Link::Object& object, const char* name = "the array to send") {
  return array_of(object, Access::read, name);
}

Array writable(const Link::Object& object, const char* name = "the array to receive") {
  return array_of(object, Access::write, name);
}

Link::Counts offsets_of(const Link::Counts& counts) {
  Link::Counts offsets(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), std::size_t{0});
  return offsets;
}

void require_sum(const Link::Counts& counts, const Array& array, const char* name) {
  const auto sum = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  if (sum == array.count) return;
  throw Error(ErrorKind::argument, std::string(name) + " are " + std::to_string(sum) +
                                       " elements in all; the array has " +
                                       std::to_string(array.count));
}

}  // namespace

Link::Link(Membership membership) : Link(meet(std::move(membership))) {}
Link::Link(Communicator communicator) : communicator_(std::move(communicator)) {}

int Link::rank() const { return open().rank(); }
int Link::size() const { return open().size(); }

void Link::barrier() { perform({septet::barrier()}, {}); }

void Link::all_reduce(const Object& send, const Object& recv, std::string_view reduction) {
  const auto from = readable(send);
  const auto to = writable(recv);
  require_numbers(from);
  require_match(from, to, 1, "all_reduce");
  perform({septet::all_reduce(from.data, to.data, from.count, from.type, reduction_of(reduction))},
          {from, to});
}

void Link::reduce(const Object& send, const Object& recv, std::string_view reduction, int root) {
  const auto from = readable(send);
  require_numbers(from);
  const bool receives = rank() == root;
  const auto to = receives ? writable(recv) : from;
  require_match(from, to, 1, "reduce");
  perform({septet::reduce(from.data, receives ? to.data : nullptr, from.count, from.type,
                          reduction_of(reduction), root)},
          {from, to});
}

void Link::broadcast(const Object& buffer, int root) {
  const auto array = rank() == root ? readable(buffer) : writable(buffer);
  perform({septet::broadcast(array.data, array.data, array.count, array.type, root)}, {array});
}

void Link::all_gather(const Object& send, const Object& recv) {
  const auto from = readable(send);
  const auto to = writable(recv);
  require_match(from, to, static_cast<std::size_t>(size()), "all_gather");
  perform({septet::all_gather(from.data, to.data, from.count, from.type)}, {from, to});
}

void Link::reduce_scatter(const Object& send, const Object& recv, std::string_view reduction) {
  const auto from = readable(send);
  const auto to = writable(recv);
  require_numbers(from);
  require_match(to, from, static_cast<std::size_t>(size()), "reduce_scatter");
  perform({septet::reduce_scatter(from.data, to.data, to.count, to.type, reduction_of(reduction))},
          {from, to});
}

void Link::all_to_all(const Object& send, const Object& recv) {
  const auto ranks = static_cast<std::size_t>(size());
  const auto from = readable(send);
  if (from.count % ranks != 0) {
    throw Error(ErrorKind::argument, "all_to_all: " + std::to_string(from.count) +
                                         " elements cannot be parted among " +
                                         std::to_string(ranks) + " ranks");
  }
  const Counts counts(ranks, from.count / ranks);
  all_to_allv(send, counts, recv, counts);
}

void Link::all_to_allv(const Object& send, const Counts& sent, const Object& recv,
                       const Counts& received) {
  const auto from = readable(send);
  const auto to = writable(recv);
  require_sum(sent, from, "the counts to send");
  require_sum(received, to, "the counts to receive");
  const auto sent_at = offsets_of(sent);
  const auto received_at = offsets_of(received);
  if (from.type != to.type) require_match(from, to, 1, "all_to_all");
  perform(septet::all_to_all(from.data, {sent, sent_at}, to.data, {received, received_at},
                             from.type, size()),
          {from, to});
}

void Link::gather(const Object& send, const Object& recv, int root) {
  const auto from = readable(send);
  const bool receives = rank() == root;
  const auto to = receives ? writable(recv) : from;
  if (receives) require_match(from, to, static_cast<std::size_t>(size()), "gather");
  perform(septet::gather(from.data, to.data, from.count, from.type, root, rank(), size()),
          {from, to});
}

void Link::scatter(const Object& send, const Object& recv, int root) {
  const auto to = writable(recv);
  const bool sends = rank() == root;
  const auto from = sends ? readable(send) : to;
  if (sends) require_match(to, from, static_cast<std::size_t>(size()), "scatter");
  perform(septet::scatter(from.data, to.data, to.count, to.type, root, rank(), size()), {from, to});
}

void Link::send(const Object& array, int peer) {
  const auto from = readable(array);
  perform({septet::send(from.data, from.count, from.type, peer)}, {from});
}

void Link::recv(const Object& array, int peer) {
  const auto to = writable(array);
  perform({septet::recv(to.data, to.count, to.type, peer)}, {to});
}

void Link::begin_group() {
  if (group_) throw Error(ErrorKind::usage, "a group is open already: groups do not nest");
  open().check();
  group_.emplace();
}

void Link::end_group(bool runs) {
  auto batch = std::exchange(group_, std::nullopt);
  if (runs && batch) run(*batch);
}

std::unique_ptr<Link> Link::split(std::optional<int> color, int key) {
  const Turn turn(busy_);
  auto made = unlocked([&] { return open().split(color, key); });
  return made ? std::make_unique<Link>(std::move(*made)) : nullptr;
}

std::unique_ptr<Link> Link::shrink(const std::vector<int>& excluded) {
  const Turn turn(busy_);
  return std::make_unique<Link>(unlocked([&] { return open().shrink(excluded); }));
}

void Link::abort() {
  open().abort();
  if (devices_) devices_->abort();
}

void Link::check() const {
  open().check();
  if (devices_) devices_->check();
}

void Link::close() {
  const Turn turn(busy_);
  group_.reset();
  // What was enqueued may take a while yet.
  unlocked([this] { devices_.reset(); });
  communicator_.reset();
}

const Communicator& Link::open() const {
  if (communicator_) return *communicator_;
  throw Error(ErrorKind::usage, "this communicator is closed: make a new one");
}

Communicator& Link::open() { return const_cast<Communicator&>(std::as_const(*this).open()); }

void Link::perform(const std::vector<Operation>& operations, const std::vector<Array>& arrays) {
  if (group_) return group_->add(operations, arrays);
  run({operations, arrays});
}

/// The one place where host and device part.
void Link::run(const Batch& batch) {
  const Turn turn(busy_);
  auto& communicator = open();
  const auto on_device = std::ranges::count(batch.arrays, Place::device, &Array::place);
  unlocked([&] {
    if (on_device > 0) return run_on_devices(batch);
    communicator.run(batch.operations);
  });
}

void Link::run_on_devices(const Batch& batch) {
  if (!devices_) devices_ = meet_on_devices(*communicator_, SignalCheck());
  devices_->run(batch);
}

}  // namespace septet::python
