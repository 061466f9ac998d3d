// SPDX-License-Identifier: Apache-2.0
#include "bench/on_device.hpp"
#include <septet/error.hpp>

namespace septet::bench {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorKind::device,
              "this septet was built without CUDA: build it where the CUDA "
              "toolkit 13 is installed, or measure --buffers host");
}

}  // namespace

bool has_cuda() noexcept { return false; }

std::unique_ptr<Memory> device_memory() { refuse(); }

std::unique_ptr<Library> septet_on_device(const Membership&, Memory&, const Way&) { refuse(); }

std::unique_ptr<Library> septet_in_graphs(const Membership&, Memory&) { refuse(); }

}  // namespace septet::bench
