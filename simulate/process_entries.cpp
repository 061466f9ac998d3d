// SPDX-License-Identifier: Apache-2.0
//
// Process lists: of leased processes, for nobody can open a simulated GPU.
#include "entry.hpp"
#include "leased_processes.hpp"

#include <limits>

namespace septet::standin {
namespace {

using nvml::Device;
using nvml::ProcessInfo;
using nvml::ProcessInfoV1;
using nvml::Result;

constexpr auto untold = std::numeric_limits<std::uint64_t>::max();

void put(const RunningProcess& from, ProcessInfo& to) {
  to = {static_cast<unsigned>(from.pid), untold, from.gpu_instance, from.compute_instance};
}

void put(const RunningProcess& from, ProcessInfoV1& to) {
  to = {static_cast<unsigned>(from.pid), untold};
}

/// On a GPU in MIG mode the list is the sum over all instances, which is for root only.
std::vector<RunningProcess> running_on(Session& session, Device device) {
  const auto target = session.target(device);
  if (target.mig) return processes_on(session, target.gpu, *target.mig);
  if (target.gpu.mig) session.require_root();
  return processes_on(session, target.gpu);
}

template <typename Info>
Result list_running(Device device, unsigned* count, Info* infos) {
  return guarded([&](Session& s) {
    std::vector<Info> list;
    for (const auto& process : running_on(s, device)) put(process, list.emplace_back());
    put_list(list, count, infos);
  });
}

/// Neither graphics nor MPS clients run in a simulation.
template <typename Info>
Result list_none(Device device, unsigned* count, Info* infos) {
  return guarded([&](Session& s) {
    static_cast<void>(s.target(device));
    put_list(std::vector<Info>{}, count, infos);
  });
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Result nvmlDeviceGetComputeRunningProcesses(Device device, unsigned* count, ProcessInfoV1* infos) {
  return list_running(device, count, infos);
}
Result nvmlDeviceGetComputeRunningProcesses_v2(Device device, unsigned* count, ProcessInfo* infos) {
  return list_running(device, count, infos);
}
Result nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count, ProcessInfo* infos) {
  return list_running(device, count, infos);
}

Result nvmlDeviceGetGraphicsRunningProcesses(Device device, unsigned* count, ProcessInfoV1* infos) {
  return list_none(device, count, infos);
}
Result nvmlDeviceGetGraphicsRunningProcesses_v2(Device device, unsigned* count,
                                                ProcessInfo* infos) {
  return list_none(device, count, infos);
}
Result nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned* count,
                                                ProcessInfo* infos) {
  return list_none(device, count, infos);
}

Result nvmlDeviceGetMPSComputeRunningProcesses(Device device, unsigned* count,
                                               ProcessInfoV1* infos) {
  return list_none(device, count, infos);
}
Result nvmlDeviceGetMPSComputeRunningProcesses_v2(Device device, unsigned* count,
                                                  ProcessInfo* infos) {
  return list_none(device, count, infos);
}
Result nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, unsigned* count,
                                                  ProcessInfo* infos) {
  return list_none(device, count, infos);
}
}  // extern "C"
#pragma GCC visibility pop

}  // namespace septet::standin
