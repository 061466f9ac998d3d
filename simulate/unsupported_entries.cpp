// SPDX-License-Identifier: Apache-2.0
//
// What a GPU that is only described cannot tell: clocks, watts, degrees, counters. Each answers
// not_supported, as boards do that lack a sensor, so that monitors show "N/A" and go on.
#include "entry.hpp"

namespace septet::standin {
namespace {

using nvml::Device;
using nvml::EventSet;
using nvml::Result;
using nvml::Utilization;

/// Refuses null and unknown devices and null results first, as a real entry does.
template <typename... Results>
Result unsupported(Device device, const Results*... results) {
  return guarded([&](Session& s) {
    static_cast<void>(s.target(device));
    (static_cast<void>(required(results)), ...);
    refuse(Result::not_supported);
  });
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

/// Nothing can run on a simulated GPU, so it is idle; with MIG nobody is told.
Result nvmlDeviceGetUtilizationRates(Device device, Utilization* utilization) {
  return guarded([&](Session& s) {
    const auto target = s.target(device);
    if (target.gpu.mig) refuse(Result::not_supported);
    required(utilization) = {.gpu = 0, .memory = 0};
  });
}

Result nvmlDeviceGetTemperature(Device device, unsigned, unsigned* degrees) {
  return unsupported(device, degrees);
}
Result nvmlDeviceGetTemperatureV(Device device, void* temperature) {
  return unsupported(device, static_cast<char*>(temperature));
}
Result nvmlDeviceGetTemperatureThreshold(Device device, unsigned, unsigned* degrees) {
  return unsupported(device, degrees);
}
Result nvmlDeviceGetFanSpeed(Device device, unsigned* percent) {
  return unsupported(device, percent);
}
Result nvmlDeviceGetFanSpeed_v2(Device device, unsigned, unsigned* percent) {
  return unsupported(device, percent);
}

Result nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  return unsupported(device, milliwatts);
}
Result nvmlDeviceGetPowerManagementLimit(Device device, unsigned* milliwatts) {
  return unsupported(device, milliwatts);
}
Result nvmlDeviceGetPowerManagementDefaultLimit(Device device, unsigned* milliwatts) {
  return unsupported(device, milliwatts);
}
Result nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* milliwatts) {
  return unsupported(device, milliwatts);
}
Result nvmlDeviceGetTotalEnergyConsumption(Device device, unsigned long long* millijoules) {
  return unsupported(device, millijoules);
}

Result nvmlDeviceGetPerformanceState(Device device, unsigned* state) {
  return unsupported(device, state);
}
Result nvmlDeviceGetClockInfo(Device device, unsigned, unsigned* mhz) {
  return unsupported(device, mhz);
}
Result nvmlDeviceGetMaxClockInfo(Device device, unsigned, unsigned* mhz) {
  return unsupported(device, mhz);
}
Result nvmlDeviceGetApplicationsClock(Device device, unsigned, unsigned* mhz) {
  return unsupported(device, mhz);
}
Result nvmlDeviceGetCurrentClocksEventReasons(Device device, unsigned long long* reasons) {
  return unsupported(device, reasons);
}
Result nvmlDeviceGetCurrentClocksThrottleReasons(Device device, unsigned long long* reasons) {
  return unsupported(device, reasons);
}

Result nvmlDeviceGetEccMode(Device device, unsigned* current, unsigned* pending) {
  return unsupported(device, current, pending);
}
Result nvmlDeviceGetTotalEccErrors(Device device, unsigned, unsigned, unsigned long long* count) {
  return unsupported(device, count);
}
Result nvmlDeviceGetMemoryErrorCounter(Device device, unsigned, unsigned, unsigned,
                                       unsigned long long* count) {
  return unsupported(device, count);
}

Result nvmlDeviceGetPcieThroughput(Device device, unsigned, unsigned* kib_per_s) {
  return unsupported(device, kib_per_s);
}
Result nvmlDeviceGetCurrPcieLinkGeneration(Device device, unsigned* generation) {
  return unsupported(device, generation);
}
Result nvmlDeviceGetCurrPcieLinkWidth(Device device, unsigned* lanes) {
  return unsupported(device, lanes);
}
Result nvmlDeviceGetMaxPcieLinkGeneration(Device device, unsigned* generation) {
  return unsupported(device, generation);
}
Result nvmlDeviceGetMaxPcieLinkWidth(Device device, unsigned* lanes) {
  return unsupported(device, lanes);
}
Result nvmlDeviceGetNvLinkState(Device device, unsigned, unsigned* active) {
  return unsupported(device, active);
}

Result nvmlDeviceGetEncoderUtilization(Device device, unsigned* percent, unsigned* period_us) {
  return unsupported(device, percent, period_us);
}
Result nvmlDeviceGetDecoderUtilization(Device device, unsigned* percent, unsigned* period_us) {
  return unsupported(device, percent, period_us);
}
Result nvmlDeviceGetJpgUtilization(Device device, unsigned* percent, unsigned* period_us) {
  return unsupported(device, percent, period_us);
}
Result nvmlDeviceGetOfaUtilization(Device device, unsigned* percent, unsigned* period_us) {
  return unsupported(device, percent, period_us);
}
Result nvmlDeviceGetProcessUtilization(Device device, void*, unsigned* count, unsigned long long) {
  return unsupported(device, count);
}
Result nvmlDeviceGetSamples(Device device, unsigned, unsigned long long, unsigned* value_type,
                            unsigned* count, void*) {
  return unsupported(device, value_type, count);
}
Result nvmlDeviceGetRunningProcessDetailList(Device device, void* list) {
  return unsupported(device, static_cast<char*>(list));
}

Result nvmlDeviceGetDisplayMode(Device device, unsigned* mode) { return unsupported(device, mode); }
Result nvmlDeviceGetDisplayActive(Device device, unsigned* mode) {
  return unsupported(device, mode);
}
Result nvmlDeviceGetDriverModel(Device device, unsigned* current, unsigned* pending) {
  return unsupported(device, current, pending);
}
Result nvmlDeviceGetDriverModel_v2(Device device, unsigned* current, unsigned* pending) {
  return unsupported(device, current, pending);
}
Result nvmlDeviceGetGpuOperationMode(Device device, unsigned* current, unsigned* pending) {
  return unsupported(device, current, pending);
}
Result nvmlDeviceGetAccountingMode(Device device, unsigned* mode) {
  return unsupported(device, mode);
}
Result nvmlDeviceGetVirtualizationMode(Device device, unsigned* mode) {
  return unsupported(device, mode);
}
Result nvmlDeviceGetConfComputeMemSizeInfo(Device device, void* info) {
  return unsupported(device, static_cast<char*>(info));
}
Result nvmlDeviceGetGpuFabricInfo(Device device, void* info) {
  return unsupported(device, static_cast<char*>(info));
}
Result nvmlDeviceGetGpuFabricInfoV(Device device, void* info) {
  return unsupported(device, static_cast<char*>(info));
}

/// Only for GPUs that are NUMA nodes themselves, and an H200 answers the same.
Result nvmlDeviceGetNumaNodeId(Device device, unsigned* node) { return unsupported(device, node); }

Result nvmlDeviceGetVbiosVersion(Device device, char* version, unsigned) {
  return unsupported(device, version);
}
Result nvmlDeviceGetBoardPartNumber(Device device, char* number, unsigned) {
  return unsupported(device, number);
}

Result nvmlGpmQueryDeviceSupport(Device device, void* support) {
  return unsupported(device, static_cast<char*>(support));
}

Result nvmlDeviceGetSupportedEventTypes(Device device, unsigned long long* types) {
  return unsupported(device, types);
}
Result nvmlEventSetCreate(EventSet* set) {
  return guarded([&](Session&) {
    static_cast<void>(required(set));
    refuse(Result::not_supported);
  });
}
}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
