// SPDX-License-Identifier: Apache-2.0
#include "cli/cuda_driver.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace septet::cli {
namespace {

// The few calls of the driver API that are made here, by what cuda.h says of them: a CUresult is an
// int with 0 for success, a CUdevice an int, a CUcontext a pointer, a CUuuid 16 bytes.
using CudaContext = void*;
using CudaUuid = std::array<unsigned char, 16>;
using Init = int(unsigned flags);
using GetNumber = int(int*);
using GetDevice = int(int* device, int ordinal);
using GetName = int(char* text, int size, int device);
using GetBytes = int(std::size_t* bytes, int device);
using GetAttribute = int(int* value, int attribute, int device);
using GetUuid = int(CudaUuid*, int device);
using RetainContext = int(CudaContext*, int device);
using ReleaseContext = int(int device);
using SetContext = int(CudaContext);
using GetMemory = int(std::size_t* free, std::size_t* total);
using GetErrorText = int(int result, const char** text);

constexpr int success = 0;
constexpr int missing_call = -1;
constexpr int multiprocessor_count = 16;  // CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT

/// Makes the call that is declared as `Call`; one that the library lacks answers `missing_call`.
template <typename Call, typename... Arguments>
int ask(void* library, const char* name, Arguments... arguments) {
  auto* const call = reinterpret_cast<Call*>(::dlsym(library, name));
  return call != nullptr ? call(arguments...) : missing_call;
}

/// "cuInit: no CUDA-capable device is detected (100)".
std::string trouble_with(void* library, const char* name, int result) {
  const char* text = nullptr;
  const int told = ask<GetErrorText>(library, "cuGetErrorString", result, &text);
  const bool known = told == success && text != nullptr;
  return fmt::format("{}: {} ({})", name, known ? text : "no words for it", result);
}

std::string name_of_device(void* library, int device) {
  std::array<char, 256> name{};
  constexpr int size = static_cast<int>(name.size()) - 1;
  return ask<GetName>(library, "cuDeviceGetName", name.data(), size, device) == success
             ? name.data()
             : "";
}

/// The second version names the slice on a GPU in MIG mode, the first its GPU.
/// Source: CUDA Driver API, cuDeviceGetUuid_v2.
std::string uuid_of_device(void* library, int device) {
  CudaUuid uuid{};
  if (ask<GetUuid>(library, "cuDeviceGetUuid_v2", &uuid, device) != success &&
      ask<GetUuid>(library, "cuDeviceGetUuid", &uuid, device) != success) {
    return {};
  }
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", uuid.at(i));
  }
  return text;
}

/// What a context sees: the limit of an MPS client, say, which the device itself does not show.
std::optional<CudaMemory> memory_of_device(void* library, int device) {
  CudaContext context = nullptr;
  if (ask<RetainContext>(library, "cuDevicePrimaryCtxRetain", &context, device) != success) {
    return {};
  }
  std::size_t free = 0;
  std::size_t total = 0;
  const bool told = ask<SetContext>(library, "cuCtxSetCurrent", context) == success &&
                    ask<GetMemory>(library, "cuMemGetInfo_v2", &free, &total) == success;
  ask<SetContext>(library, "cuCtxSetCurrent", nullptr);
  ask<ReleaseContext>(library, "cuDevicePrimaryCtxRelease_v2", device);
  return told ? std::optional(CudaMemory{.free_bytes = free, .total_bytes = total}) : std::nullopt;
}

CudaDevice describe(void* library, int ordinal, bool with_memory) {
  int device = ordinal;
  std::size_t bytes = 0;
  CudaDevice result;
  ask<GetDevice>(library, "cuDeviceGet", &device, ordinal);
  ask<GetBytes>(library, "cuDeviceTotalMem_v2", &bytes, device);
  ask<GetAttribute>(library, "cuDeviceGetAttribute", &result.multiprocessors, multiprocessor_count,
                    device);
  result.name = name_of_device(library, device);
  result.memory_bytes = bytes;
  result.uuid = uuid_of_device(library, device);
  if (with_memory) result.memory = memory_of_device(library, device);
  return result;
}

}  // namespace

void CudaDriver::Close::operator()(void* library) const noexcept { ::dlclose(library); }

std::optional<CudaDriver> CudaDriver::open(const std::string& path) {
  // Once CUDA has started, its threads must not lose their code.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return {};
  return CudaDriver(library);
}

CudaView CudaDriver::look(bool with_memory) const {
  CudaView view;
  ask<GetNumber>(library_.get(), "cuDriverGetVersion", &view.version);
  if (const int result = ask<Init>(library_.get(), "cuInit", 0U); result != success) {
    view.trouble = trouble_with(library_.get(), "cuInit", result);
    return view;
  }
  int count = 0;
  const int result = ask<GetNumber>(library_.get(), "cuDeviceGetCount", &count);
  if (result != success) view.trouble = trouble_with(library_.get(), "cuDeviceGetCount", result);
  for (int i = 0; i < count; ++i) view.devices.push_back(describe(library_.get(), i, with_memory));
  return view;
}

}  // namespace septet::cli
