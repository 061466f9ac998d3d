// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "binding/batch.hpp"
#include "binding/device.hpp"
#include <septet/communicator.hpp>

#include <pybind11/pybind11.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace septet::python {

/// A Communicator as Python has it: arrays in, checked against each other; the GIL is free while it
/// waits, and an interrupt from the keyboard ends the wait within a tenth of a second.
///
/// A call with arrays on a device is enqueued and returns; there is one kind of array a call, on
/// all ranks. Sizes follow include/septet/operation.hpp: N times as many elements there as here.
/// Results are written to arrays that the caller made. Threads: one call at a time, a second one is
/// refused; but for abort() and check().
class Link {
 public:
  using Object = pybind11::object;
  using Counts = std::vector<std::size_t>;

  /// Blocks until all have met.
  explicit Link(Membership membership);
  explicit Link(Communicator communicator);

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;

  void barrier();
  void all_reduce(const Object& send, const Object& recv, std::string_view reduction);
  void reduce(const Object& send, const Object& recv, std::string_view reduction, int root);
  void broadcast(const Object& buffer, int root);
  void all_gather(const Object& send, const Object& recv);
  void reduce_scatter(const Object& send, const Object& recv, std::string_view reduction);
  void all_to_all(const Object& send, const Object& recv);
  void all_to_allv(const Object& send, const Counts& sent, const Object& recv,
                   const Counts& received);
  void gather(const Object& send, const Object& recv, int root);
  void scatter(const Object& send, const Object& recv, int root);
  void send(const Object& array, int peer);
  void recv(const Object& array, int peer);

  /// Between the two, operations are kept; the end runs them all at once, or forgets them.
  void begin_group();
  void end_group(bool runs);

  [[nodiscard]] std::unique_ptr<Link> split(std::optional<int> color, int key);
  [[nodiscard]] std::unique_ptr<Link> shrink(const std::vector<int>& excluded);
  void abort();
  void check() const;

  /// Leaves. Whatever is called later is refused.
  void close();
  [[nodiscard]] bool is_closed() const noexcept { return !communicator_; }

 private:
  [[nodiscard]] const Communicator& open() const;
  [[nodiscard]] Communicator& open();
  void perform(const std::vector<Operation>& operations, const std::vector<Array>& arrays);
  void run(const Batch& batch);
  void run_on_devices(const Batch& batch);

  std::optional<Communicator> communicator_;
  std::unique_ptr<DeviceSide> devices_;  ///< Met by the first call with device arrays.
  std::optional<Batch> group_;
  std::atomic<bool> busy_ = false;
};

}  // namespace septet::python
