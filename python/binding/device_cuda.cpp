// SPDX-License-Identifier: Apache-2.0
#include "binding/device.hpp"
#include <septet/device_communicator.hpp>
#include <septet/error.hpp>
#include <septet/token.hpp>

#include <utility>

namespace septet::python {
namespace {

class CudaSide : public DeviceSide {
 public:
  explicit CudaSide(const Membership& membership) : ranks_(membership) {}

  void run(const Batch& batch) override {
    const auto stream = batch.arrays.front().stream;
    for (const auto& array : batch.arrays) require_fit(array, stream);
    ranks_.enqueue(batch.operations, reinterpret_cast<Stream>(stream));
  }
  void abort() noexcept override { ranks_.abort(); }
  void check() const override { ranks_.check(); }

 private:
  static void require_fit(const Array& array, std::uintptr_t stream) {
    if (array.place != Place::device) {
      throw Error(ErrorKind::argument,
                  "a group has arrays on the host and on a device: make a group of each");
    }
    if (array.stream != stream) {
      throw Error(ErrorKind::argument,
                  "the arrays of one call are of libraries whose current streams differ: use one "
                  "stream");
    }
  }

  DeviceCommunicator ranks_;
};

}  // namespace

std::unique_ptr<DeviceSide> meet_on_devices(Communicator& host,
                                            std::function<void()> while_waiting) {
  Token token = random_token();
  host.broadcast(&token, &token, sizeof token, DataType::uint8, 0);
  Membership membership;
  membership.token = token;
  membership.rank = host.rank();
  membership.ranks = host.size();
  membership.while_waiting = std::move(while_waiting);
  return std::make_unique<CudaSide>(membership);
}

}  // namespace septet::python
