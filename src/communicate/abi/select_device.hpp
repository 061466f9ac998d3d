// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/backend.hpp"

namespace septet::abi {

/// Makes a device the calling thread's, and the one before again at the end of the scope. Selects
/// nothing that is selected: CUDA would make a context on a device that nobody uses.
class SelectDevice {
 public:
  explicit SelectDevice(int device)
      : before_(backend().current_device()), differs_(device != before_) {
    if (differs_) backend().select_device(device);
  }
  SelectDevice(const SelectDevice&) = delete;
  SelectDevice& operator=(const SelectDevice&) = delete;
  ~SelectDevice() {
    if (differs_) backend().restore_device(before_);
  }

 private:
  int before_;
  bool differs_;
};

}  // namespace septet::abi
