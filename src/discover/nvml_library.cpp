// SPDX-License-Identifier: Apache-2.0
#include "discover/nvml_library.hpp"

#include <septet/error.hpp>

#include <dlfcn.h>

#include <initializer_list>
#include <string_view>

namespace septet::nvml {
namespace {

/// Finds `slot` under the first of `names` that the library has: the newest version comes first.
template <typename Answer, typename... Arguments>
void find(void* library, std::function<Answer(Arguments...)>& slot,
          std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (void* const symbol = ::dlsym(library, name)) {
      slot = reinterpret_cast<Answer (*)(Arguments...)>(symbol);
      return;
    }
  }
}

/// nvmlInitWithFlags came with R418; a library may lack either spelling.
void find_init(void* library, std::function<Result()>& slot) {
  std::function<Result(unsigned)> with_flags;
  find(library, with_flags, {"nvmlInitWithFlags"});
  if (with_flags) {
    slot = [with_flags] { return with_flags(0); };
  } else {
    find(library, slot, {"nvmlInit_v2", "nvmlInit"});
  }
}

void find_host_calls(void* library, Functions& calls) {
  find_init(library, calls.init);
  find(library, calls.shutdown, {"nvmlShutdown"});
  find(library, calls.error_string, {"nvmlErrorString"});
  find(library, calls.driver_version, {"nvmlSystemGetDriverVersion"});
  find(library, calls.cuda_version,
       {"nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"});
  find(library, calls.device_count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
  find(library, calls.device_by_index,
       {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
}

void find_device_calls(void* library, Functions& calls) {
  find(library, calls.uuid, {"nvmlDeviceGetUUID"});
  find(library, calls.name, {"nvmlDeviceGetName"});
  find(library, calls.memory, {"nvmlDeviceGetMemoryInfo"});
  // Older layouts are shorter and begin alike: only bus_id stays empty.
  find(library, calls.pci,
       {"nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2", "nvmlDeviceGetPciInfo"});
  find(library, calls.cpu_affinity, {"nvmlDeviceGetCpuAffinity"});
  // The first version has shorter records, which know no instances.
  find(library, calls.processes,
       {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
  find(library, calls.cores, {"nvmlDeviceGetNumGpuCores"});
  find(library, calls.compute_capability, {"nvmlDeviceGetCudaComputeCapability"});
}

void find_mig_calls(void* library, Functions& calls) {
  find(library, calls.mig_mode, {"nvmlDeviceGetMigMode"});
  find(library, calls.max_mig_count, {"nvmlDeviceGetMaxMigDeviceCount"});
  find(library, calls.mig_by_index, {"nvmlDeviceGetMigDeviceHandleByIndex"});
  find(library, calls.gpu_instance, {"nvmlDeviceGetGpuInstanceId"});
  find(library, calls.compute_instance, {"nvmlDeviceGetComputeInstanceId"});
  find(library, calls.attributes, {"nvmlDeviceGetAttributes_v2"});
}

/// What the user can do when init answers `result`.
std::string_view remedy(Result result) {
  if (result == Result::driver_not_loaded) {
    return "the NVIDIA kernel module is not loaded; as root: modprobe nvidia";
  }
  if (result == Result::lib_rm_version_mismatch) {
    return "the driver was updated while its old kernel module is still loaded; reboot, or as root "
           "unload and load the nvidia modules";
  }
  if (result == Result::library_not_found) {
    return "a part of the NVIDIA driver's user libraries is missing; install them again";
  }
  if (result == Result::no_permission) {
    return "this user may not open /dev/nvidiactl; ask the administrator, and in a container start "
           "it with its GPUs";
  }
  return "nvidia-smi may tell more";
}

}  // namespace

// Never unloaded: the thread that the real library leaves behind still runs its code.
Library::Library(const std::string& path)
    : handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) {
  if (!handle_) {
    const char* const why = ::dlerror();
    throw Error(ErrorKind::device,
                "no NVIDIA driver here: " + std::string(why != nullptr ? why : path) +
                    "; to try without one use --devices sim:a100-40gb:7x1g.5gb");
  }
  find_host_calls(handle_.get(), functions_);
  find_device_calls(handle_.get(), functions_);
  find_mig_calls(handle_.get(), functions_);
}

void Library::Close::operator()(void* handle) const noexcept { ::dlclose(handle); }

Session::Session(const Functions& functions) : functions_(functions) {
  const auto result = ask(functions.init);
  if (result == Result::success) return;
  throw Error(ErrorKind::device, "the NVIDIA driver does not answer (" +
                                     words_for(functions, result) +
                                     "): " + std::string(remedy(result)));
}

Session::~Session() { ask(functions_.shutdown); }

std::string words_for(const Functions& functions, Result result) {
  const char* const words = functions.error_string ? functions.error_string(result) : nullptr;
  return words != nullptr ? words : "NVML error " + std::to_string(static_cast<int>(result));
}

}  // namespace septet::nvml
