// SPDX-License-Identifier: Apache-2.0
#include "binding/device.hpp"

#include <septet/error.hpp>

namespace septet::python {

void run_on_device(Communicator&, const Batch&) {
  throw Error(ErrorKind::device,
              "an array is in the memory of a CUDA device, which this build of septet cannot "
              "reach: copy it to the host first, as tensor.cpu() or cupy.asnumpy(a)");
}

}  // namespace septet::python
