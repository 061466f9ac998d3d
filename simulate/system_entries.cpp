// SPDX-License-Identifier: Apache-2.0
//
// Init, shutdown, versions: what no device is needed for.
#include "base/file.hpp"
#include "entry.hpp"
#include <septet/environment.hpp>

namespace septet::standin {
namespace {

using nvml::Result;

void init(Session& session) { session.init(Settings::from(Environment::current())); }

/// NVML's own version: CUDA's major number before the driver's.
std::string nvml_version(const simulated::World& world) {
  return std::to_string(world.cuda_version / 1000) + "." + world.driver_version;
}

std::string process_name(unsigned pid) {
  auto name = try_read_file("/proc/" + std::to_string(pid) + "/comm");
  if (!name) refuse(Result::not_found);
  if (name->ends_with('\n')) name->pop_back();
  return *name;
}

struct Words {
  Result result;
  const char* words;
};

constexpr Words all_words[]{
    {Result::success, "Success"},
    {Result::uninitialized, "Uninitialized"},
    {Result::invalid_argument, "Invalid Argument"},
    {Result::not_supported, "Not Supported"},
    {Result::no_permission, "Insufficient Permissions"},
    {Result::already_initialized, "Already Initialized"},
    {Result::not_found, "Not Found"},
    {Result::insufficient_size, "Insufficient Size"},
    {Result::insufficient_power, "Insufficient External Power"},
    {Result::driver_not_loaded, "Driver Not Loaded"},
    {Result::timeout, "Timeout"},
    {Result::irq_issue, "Interrupt Request Issue"},
    {Result::library_not_found, "NVML Shared Library Not Found"},
    {Result::function_not_found, "Function Not Found"},
    {Result::corrupted_inforom, "Corrupted infoROM"},
    {Result::gpu_is_lost, "GPU is lost"},
    {Result::reset_required, "GPU requires reset"},
    {Result::operating_system, "GPU access blocked by the operating system"},
    {Result::lib_rm_version_mismatch, "Driver/library version mismatch"},
    {Result::in_use, "In use by another client"},
    {Result::memory, "Insufficient memory"},
    {Result::no_data, "No data"},
    {Result::vgpu_ecc_not_supported, "vGPU with ECC is not supported"},
    {Result::insufficient_resources, "Insufficient Resources"},
    {Result::freq_not_supported, "Requested frequency is not supported"},
    {Result::argument_version_mismatch, "Argument version mismatch"},
    {Result::deprecated, "Deprecated"},
    {Result::not_ready, "Not ready"},
    {Result::gpu_not_found, "GPU not found"},
    {Result::invalid_state, "Invalid state"},
    {Result::unknown, "Unknown Error"},
};

/// NVML's words; callers are C and may give any number.
const char* words_for(Result result) {
  const auto* found = std::ranges::find(all_words, result, &Words::result);
  return found == std::end(all_words) ? "Unknown Error" : found->words;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Result nvmlInit() { return caught(init); }
Result nvmlInit_v2() { return caught(init); }
Result nvmlInitWithFlags(unsigned) { return caught(init); }

Result nvmlShutdown() {
  return guarded([](Session& session) { session.shutdown(); });
}

const char* nvmlErrorString(Result result) { return words_for(result); }

Result nvmlSystemGetDriverVersion(char* version, unsigned length) {
  return guarded([&](Session& s) { put_text(s.world().driver_version, version, length); });
}

Result nvmlSystemGetNVMLVersion(char* version, unsigned length) {
  return guarded([&](Session& s) { put_text(nvml_version(s.world()), version, length); });
}

Result nvmlSystemGetCudaDriverVersion(int* version) {
  return guarded([&](Session& s) { required(version) = s.world().cuda_version; });
}

Result nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return guarded([&](Session& s) { required(version) = s.world().cuda_version; });
}

Result nvmlSystemGetProcessName(unsigned pid, char* name, unsigned length) {
  return guarded([&](Session&) {
    static_cast<void>(required(name));
    put_text(process_name(pid), name, length);
  });
}

// None of the GPUs is kept from the driver.
Result nvmlGetExcludedDeviceCount(unsigned* count) {
  return guarded([&](Session&) { required(count) = 0; });
}
}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
