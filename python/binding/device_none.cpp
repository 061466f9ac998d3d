// SPDX-License-Identifier: Apache-2.0
// In place of device_cuda.cpp where there is no CUDA toolkit.
#include "binding/device.hpp"
#include <septet/error.hpp>

namespace septet::python {

std::unique_ptr<DeviceSide> meet_on_devices(Communicator&, std::function<void()>) {
  throw Error(ErrorKind::device,
              "an array is in the memory of a CUDA device, which this build of septet cannot "
              "reach: copy it to the host first, as tensor.cpu() or cupy.asnumpy(a), or build "
              "septet where there is a CUDA toolkit");
}

}  // namespace septet::python
