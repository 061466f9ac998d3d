// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "communicate/abi/backend.hpp"

namespace septet::abi {

/// Makes a device the calling thread's, and the one before again at the end of the scope.
class SelectDevice {
 public:
  explicit SelectDevice(int device) : before_(backend().current_device()) {
    if (device != before_) backend().select_device(device);
  }
  SelectDevice(const SelectDevice&) = delete;
  SelectDevice& operator=(const SelectDevice&) = delete;
  ~SelectDevice() { backend().restore_device(before_); }

 private:
  int before_;
};

}  // namespace septet::abi
