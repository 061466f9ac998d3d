# SPDX-License-Identifier: Apache-2.0
"""nvidia-ml-py, NVIDIA's own binding, on simulated GPUs."""

import ctypes
import os
import re

import pynvml as nvml
import pytest
from simulation import PROGRAM, simulated

MIB = 1 << 20


def error_of(call, *arguments):
    """The name of what NVML says, or nothing when it does what it is asked."""
    try:
        call(*arguments)
    except nvml.NVMLError as error:
        return type(error).__name__.removeprefix("NVMLError_")
    return None


def mig_devices(gpu):
    """Every MIG handle of a GPU; holes are skipped, as the header asks for."""
    for index in range(nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)):
        if error_of(nvml.nvmlDeviceGetMigDeviceHandleByIndex, gpu, index) is None:
            yield nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index)


def described(device):
    attributes = nvml.nvmlDeviceGetAttributes(device)
    parent = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(device)
    uuid = nvml.nvmlDeviceGetUUID(device)
    again = nvml.nvmlDeviceGetHandleByUUID(uuid)
    return {
        "name": nvml.nvmlDeviceGetName(device),
        "uuid": uuid,
        "same_by_uuid": nvml.nvmlDeviceGetUUID(again) == uuid,
        "is_mig": bool(nvml.nvmlDeviceIsMigDeviceHandle(device)),
        "parent": nvml.nvmlDeviceGetUUID(parent),
        "index": nvml.nvmlDeviceGetIndex(device),
        "instance": nvml.nvmlDeviceGetGpuInstanceId(device),
        "compute": nvml.nvmlDeviceGetComputeInstanceId(device),
        "mib": nvml.nvmlDeviceGetMemoryInfo(device).total // MIB,
        "mib_v2": nvml.nvmlDeviceGetMemoryInfo(device, nvml.nvmlMemory_v2).total // MIB,
        "sms": attributes.multiprocessorCount,
        "slices": [attributes.gpuInstanceSliceCount, attributes.computeInstanceSliceCount],
        "processes": len(nvml.nvmlDeviceGetComputeRunningProcesses(device)),
        "utilization": error_of(nvml.nvmlDeviceGetUtilizationRates, device),
    }


def walk():
    nvml.nvmlInit()
    gpus = []
    for index in range(nvml.nvmlDeviceGetCount()):
        gpu = nvml.nvmlDeviceGetHandleByIndex(index)
        gpus.append({
            "name": nvml.nvmlDeviceGetName(gpu),
            "uuid": nvml.nvmlDeviceGetUUID(gpu),
            "pci": nvml.nvmlDeviceGetPciInfo(gpu).busId,
            "mode": nvml.nvmlDeviceGetMigMode(gpu),
            "capability": nvml.nvmlDeviceGetCudaComputeCapability(gpu),
            "is_mig": bool(nvml.nvmlDeviceIsMigDeviceHandle(gpu)),
            "devices": [described(device) for device in mig_devices(gpu)],
        })
    versions = nvml.nvmlSystemGetDriverVersion(), nvml.nvmlSystemGetCudaDriverVersion()
    nvml.nvmlShutdown()
    return {"gpus": gpus, "versions": versions}


def test_walks_the_whole_tree():
    answer = simulated("a100-80gb:3g.40gb(1c,2c),2g.20gb+h200", walk)
    partitioned, whole = answer["gpus"]
    assert answer["versions"] == ["580.159.04", 13000]
    assert partitioned["mode"] == [1, 1] and whole["mode"] == [0, 0]
    assert partitioned["capability"] == [8, 0] and whole["capability"] == [9, 0]
    assert not partitioned["is_mig"] and whole["devices"] == []
    assert re.fullmatch(r"[0-9A-F]{8}:[0-9A-F]{2}:00\.0", whole["pci"])

    devices = partitioned["devices"]
    assert [device["name"] for device in devices] == [
        "NVIDIA A100-SXM4-80GB MIG 1c.3g.40gb",
        "NVIDIA A100-SXM4-80GB MIG 2c.3g.40gb",
        "NVIDIA A100-SXM4-80GB MIG 2g.20gb",
    ]
    assert [device["mib"] for device in devices] == [40192, 40192, 19968]
    assert [device["sms"] for device in devices] == [14, 28, 28]
    assert [device["slices"] for device in devices] == [[3, 1], [3, 2], [2, 2]]
    assert [device["index"] for device in devices] == [0, 1, 2]
    assert [device["compute"] for device in devices] == [0, 1, 0]
    for device in devices:
        assert device["is_mig"] and device["same_by_uuid"]
        assert device["parent"] == partitioned["uuid"]
        assert device["mib_v2"] == device["mib"]
        assert device["utilization"] == "NotSupported"
    assert len({device["uuid"] for device in devices}) == 3


def profiles():
    """Name and id of each profile, by walking the enumerators as the header asks for."""
    nvml.nvmlInit()
    gpu = nvml.nvmlDeviceGetHandleByIndex(0)
    found = {}
    for kind in range(nvml.NVML_GPU_INSTANCE_PROFILE_COUNT):
        if error_of(nvml.nvmlDeviceGetGpuInstanceProfileInfo, gpu, kind) is None:
            info = nvml.nvmlDeviceGetGpuInstanceProfileInfo(gpu, kind, 2)
            found[info.name] = [info.id, info.sliceCount, info.memorySizeMB]
    return found


def test_profiles_are_those_of_the_board():
    assert simulated("h200", profiles) == {
        "MIG 1g.18gb": [19, 1, 16384],
        "MIG 1g.18gb+me": [20, 1, 16384],
        "MIG 1g.35gb": [15, 1, 33280],
        "MIG 2g.35gb": [14, 2, 33280],
        "MIG 3g.71gb": [9, 3, 71424],
        "MIG 4g.71gb": [5, 4, 71424],
        "MIG 7g.141gb": [0, 7, 143360],
    }
    assert simulated("a30", profiles)["MIG 1g.6gb"] == [14, 1, 5952]


def names(gpu):
    return [nvml.nvmlDeviceGetName(device).split("MIG ")[1] for device in mig_devices(gpu)]


def life_cycle():
    """Turns MIG on, cuts the GPU, changes the cut, and takes it all down."""
    nvml.nvmlInit()
    gpu = nvml.nvmlDeviceGetHandleByIndex(0)
    seen = {"off": error_of(nvml.nvmlDeviceCreateGpuInstance, gpu, 19)}
    seen["activation"] = nvml.nvmlDeviceSetMigMode(gpu, nvml.NVML_DEVICE_MIG_ENABLE)
    seen["mode"] = nvml.nvmlDeviceGetMigMode(gpu)

    small = nvml.nvmlDeviceCreateGpuInstance(gpu, 19)
    seen["without_compute"] = names(gpu)
    compute = nvml.nvmlGpuInstanceCreateComputeInstance(small, 0)
    seen["one"] = names(gpu)
    first = nvml.nvmlDeviceGetUUID(nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, 0))

    place = nvml.c_nvmlGpuInstancePlacement_t(0, 4)
    large = nvml.nvmlDeviceCreateGpuInstanceWithPlacement(gpu, 9, ctypes.byref(place))
    for profile in (1, 0):
        nvml.nvmlGpuInstanceCreateComputeInstance(large, profile)
    seen["renumbered"] = names(gpu)
    seen["index"] = nvml.nvmlDeviceGetIndex(nvml.nvmlDeviceGetHandleByUUID(first))
    info = nvml.nvmlGpuInstanceGetInfo(large)
    seen["placement"] = [info.id, info.profileId, info.placement.start, info.placement.size]
    seen["room"] = nvml.nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, 19)
    again_there = nvml.nvmlDeviceCreateGpuInstanceWithPlacement
    seen["full"] = error_of(again_there, gpu, 9, ctypes.byref(place))

    seen["in_use"] = error_of(nvml.nvmlGpuInstanceDestroy, small)
    seen["mode_in_use"] = nvml.nvmlDeviceSetMigMode(gpu, nvml.NVML_DEVICE_MIG_DISABLE)
    nvml.nvmlComputeInstanceDestroy(compute)
    nvml.nvmlGpuInstanceDestroy(small)
    seen["gone"] = error_of(nvml.nvmlDeviceGetHandleByUUID, first)
    seen["left"] = names(gpu)

    again = nvml.nvmlDeviceCreateGpuInstance(gpu, 19)
    nvml.nvmlGpuInstanceCreateComputeInstance(again, 0)
    seen["same_uuid"] = error_of(nvml.nvmlDeviceGetHandleByUUID, first) is None
    return seen


def test_mig_has_its_life_cycle():
    seen = simulated("h100-80gb", life_cycle, options=["--as", "root"])
    assert seen == {
        "off": "NotSupported",
        "activation": nvml.NVML_SUCCESS,
        "mode": [1, 1],
        "without_compute": [],
        "one": ["1g.10gb"],
        "renumbered": ["2c.3g.40gb", "1c.3g.40gb", "1g.10gb"],
        "index": 2,
        "placement": [1, 9, 0, 4],
        "room": 2,
        "full": "InsufficientResources",
        "in_use": "InUse",
        "mode_in_use": nvml.NVML_ERROR_IN_USE,
        "gone": "NotFound",
        "left": ["2c.3g.40gb", "1c.3g.40gb"],
        "same_uuid": True,
    }


def switch_on():
    nvml.nvmlInit()
    gpu = nvml.nvmlDeviceGetHandleByIndex(0)
    return nvml.nvmlDeviceSetMigMode(gpu, nvml.NVML_DEVICE_MIG_ENABLE)


def mode():
    nvml.nvmlInit()
    return nvml.nvmlDeviceGetMigMode(nvml.nvmlDeviceGetHandleByIndex(0))


def test_ampere_waits_for_a_reset_and_the_host_is_kept(tmp_path):
    state = ["--state", str(tmp_path / "host.json"), "--as", "root"]
    assert simulated("a100-40gb", switch_on, options=state) == nvml.NVML_ERROR_RESET_REQUIRED
    assert simulated(None, mode, options=state) == [0, 1]
    assert simulated(None, mode, options=[*state, "--reset"]) == [1, 1]


def refusals():
    nvml.nvmlInit()
    gpu = nvml.nvmlDeviceGetHandleByIndex(0)
    device = next(mig_devices(gpu))
    return {
        "memory of a slice": error_of(nvml.nvmlDeviceGetMemoryInfo, device),
        "memory of the parent": error_of(nvml.nvmlDeviceGetMemoryInfo, gpu),
        "processes of the parent": error_of(nvml.nvmlDeviceGetComputeRunningProcesses, gpu),
        "mode": error_of(nvml.nvmlDeviceSetMigMode, gpu, 0),
        "create": error_of(nvml.nvmlDeviceCreateGpuInstance, gpu, 19),
        "room": error_of(nvml.nvmlDeviceGetGpuInstanceRemainingCapacity, gpu, 19),
    }


def test_a_plain_user_may_look_at_slices_only():
    no = "NoPermission"
    assert simulated("a100-40gb:1g.5gb", refusals, options=["--as", "plain"]) == {
        "memory of a slice": None,
        "memory of the parent": no,
        "processes of the parent": no,
        "mode": no,
        "create": no,
        "room": no,
    }


def own_places():
    """The MIG devices on which NVML lists this process."""
    nvml.nvmlInit()
    gpu = nvml.nvmlDeviceGetHandleByIndex(0)
    return [
        nvml.nvmlDeviceGetUUID(device) for device in mig_devices(gpu)
        if os.getpid() in [p.pid for p in nvml.nvmlDeviceGetComputeRunningProcesses(device)]
    ], os.environ.get("SEPTET_SLICES", "")


@pytest.mark.parametrize("verb", [["hold", "-n", "2"], ["run", "-n", "1"]])
def test_leased_processes_are_listed_on_their_slices(verb):
    listed, held = simulated("a100-40gb:3x1g.5gb", own_places, through=[PROGRAM, *verb, "--"])
    assert sorted(listed) == sorted(held.split(","))
    assert len(listed) == int(verb[-1])


def test_without_a_lease_nobody_runs_anywhere():
    assert simulated("a100-40gb:3x1g.5gb", own_places) == [[], ""]
