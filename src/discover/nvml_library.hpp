// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/blocked_signals.hpp"
#include "discover/nvml_abi.hpp"

#include <functional>
#include <memory>
#include <string>

namespace septet::nvml {

/// The NVML calls that discovery makes, by what they answer. A call that the library lacks is
/// empty: make calls through `ask`. Fields are named after NVML's functions.
struct Functions {
  using DeviceText = std::function<Result(Device, char* text, unsigned size)>;
  using DeviceNumber = std::function<Result(Device, unsigned* number)>;

  std::function<Result()> init;
  std::function<Result()> shutdown;
  std::function<const char*(Result)> error_string;
  std::function<Result(char* text, unsigned size)> driver_version;
  std::function<Result(int* version)> cuda_version;  ///< 13000 is 13.0.

  std::function<Result(unsigned* count)> device_count;
  std::function<Result(unsigned index, Device*)> device_by_index;
  DeviceText uuid;
  DeviceText name;
  std::function<Result(Device, Memory*)> memory;
  std::function<Result(Device, PciInfo*)> pci;
  std::function<Result(Device, unsigned words, unsigned long* mask)> cpu_affinity;
  std::function<Result(Device, unsigned* count, ProcessInfo*)> processes;
  DeviceNumber cores;
  std::function<Result(Device, int* major, int* minor)> compute_capability;

  std::function<Result(Device, unsigned* current, unsigned* pending)> mig_mode;
  DeviceNumber max_mig_count;
  std::function<Result(Device, unsigned index, Device*)> mig_by_index;
  DeviceNumber gpu_instance;
  DeviceNumber compute_instance;
  std::function<Result(Device, DeviceAttributes*)> attributes;
};

/// Makes one call; a call that the library lacks answers `function_not_found`.
template <typename Function, typename... Arguments>
Result ask(const Function& function, Arguments... arguments) {
  return function ? function(arguments...) : Result::function_not_found;
}

/// A loaded libnvidia-ml. Nothing of the driver is open until there is a Session.
class Library {
 public:
  /// Throws Error `device` if `path` (a file, or a name along the loader's search path) does not
  /// load: mostly a host without the NVIDIA driver.
  explicit Library(const std::string& path);

  [[nodiscard]] const Functions& functions() const noexcept { return functions_; }

 private:
  struct Close {
    void operator()(void* handle) const noexcept;
  };
  std::unique_ptr<void, Close> handle_;
  Functions functions_;
};

/// NVML between its init and its shutdown. Sessions nest: NVML counts them.
///
/// Keep it short. While it lasts the library holds descriptors of the driver, and an administrator
/// can neither reset a GPU nor change its MIG mode.
///
/// The real library starts a thread that outlives the session (seen with driver 580). With signals
/// open it would take the SIGCHLD and SIGINT that launch reads from a descriptor, and lose them; so
/// all signals of the calling thread, and with it of NVML's, are blocked while a session lasts.
class Session {
 public:
  /// Throws Error `device` with the remedy when the driver does not answer. `functions` must
  /// outlive the session.
  explicit Session(const Functions& functions);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

 private:
  const BlockedSignals blocked_;
  const Functions& functions_;
};

/// NVML's own words for `result`.
[[nodiscard]] std::string words_for(const Functions& functions, Result result);

}  // namespace septet::nvml
