# SPDX-License-Identifier: Apache-2.0
"""nvitop, distributed and dask-cuda, unchanged, on simulated GPUs."""

import pathlib
import sys

import pytest
from simulation import septet_simulate, simulated

SEVEN = "a100-40gb:7x1g.5gb"


def test_nvitop_shows_every_slice():
    nvitop = pathlib.Path(sys.executable).with_name("nvitop")
    shown = septet_simulate("a100-80gb:3g.40gb,2x1g.10gb+h100", "--", nvitop, "--once", "--ascii")
    assert shown.returncode == 0, shown.stderr
    for expected in ("A100-SXM4-80GB", "3g.40gb @ GI/CI: 2/0", "1g.10gb @ GI/CI:", "39.25GiB",
                     "9728MiB", "H100 80GB HBM3", "79.65GiB"):
        assert expected in shown.stdout, shown.stdout
    assert shown.stdout.count("1g.10gb @ GI/CI") == 2


def nvitop_devices():
    from nvitop import Device

    return [[(mig.name(), mig.uuid(), mig.memory_total()) for mig in device.mig_devices()]
            for device in Device.all()]


def test_nvitops_library_walks_the_slices():
    first, second = simulated(f"{SEVEN}+a30", nvitop_devices)
    assert len(first) == 7 and second == []
    assert first[6][0].endswith("MIG 1g.5gb") and first[6][2] == 4864 << 20


def distributed_view(uuid_of_slice):
    """What a Dask worker with that CUDA_VISIBLE_DEVICES finds out, and shows on the dashboard."""
    import os

    import pynvml
    from distributed.diagnostics import nvml

    pynvml.nvmlInit()
    gpu = pynvml.nvmlDeviceGetHandleByIndex(0)
    if uuid_of_slice:
        device = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, 3)
        os.environ["CUDA_VISIBLE_DEVICES"] = pynvml.nvmlDeviceGetUUID(device)
    return {
        "count": nvml.device_get_count(),
        "total": nvml.one_time()["memory-total"],
        "name": nvml.one_time()["name"],
        "now": nvml.real_time(),
        "mig": nvml.get_device_mig_mode(0),
        "context": nvml.has_cuda_context().has_context,
    }


def test_distributed_reads_the_slice_that_its_worker_has():
    seen = simulated(SEVEN, distributed_view, True)
    assert seen["total"] == 4864 << 20
    assert seen["name"] == "NVIDIA A100-SXM4-40GB MIG 1g.5gb"
    assert seen["now"]["utilization"] is None and seen["now"]["memory-used"] == 0
    assert seen["context"] is False


def test_distributed_reads_a_whole_gpu():
    seen = simulated("2*h200", distributed_view, False)
    assert (seen["count"], seen["name"]) == (2, "NVIDIA H200")
    assert seen["now"]["utilization"] == 0


def dask_cuda_count():
    from dask_cuda.utils import get_gpu_count, get_gpu_count_mig

    count, uuids = get_gpu_count_mig(return_uuids=True)
    return {"gpus": get_gpu_count(), "slices": count, "uuids": uuids}


def dask_cuda_device(uuid):
    from dask_cuda.utils import get_cpu_affinity, get_device_total_memory

    return get_device_total_memory(uuid), len(get_cpu_affinity(uuid)) > 0


def test_dask_cuda_counts_slices():
    pytest.importorskip("dask_cuda", reason="dask-cuda needs Python 3.11")
    seen = simulated(f"2*{SEVEN}+h100", dask_cuda_count)
    assert (seen["gpus"], seen["slices"]) == (3, 14)
    assert len(set(seen["uuids"])) == 14
    # It takes the parent for the slice: the limit of a worker comes from the whole GPU.
    memory, has_cpus = simulated(f"2*{SEVEN}+h100", dask_cuda_device, seen["uuids"][0],
                                 options=["--as", "root"])
    assert memory == 40960 << 20 and has_cpus
