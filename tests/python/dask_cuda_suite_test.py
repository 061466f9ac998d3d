# SPDX-License-Identifier: Apache-2.0
"""dask-cuda's own tests of MIG, out of its wheel, on simulated GPUs.

Two of them decode what get_gpu_count_mig gives, which pynvml has decoded already, so they fail just
where there are slices. A copy without that is made in a temporary folder and run from there;
nothing of theirs is kept here.
"""

import importlib.util
import pathlib
import sys

import pytest
from simulation import septet_simulate

SECONDS = 240
REPAIRS = {
    'i.decode("utf-8")': "i",
    'uuid.decode("utf-8")': "uuid",
    'bytes(v.split(",")[i], "utf-8")': 'v.split(",")[i]',
}
TESTS = {
    "test_utils.py::test_parse_visible_mig_devices": 0,
    "test_local_cuda_cluster.py::test_available_mig_workers": 2,
    "test_dask_cuda_worker.py::"
    "test_cuda_mig_visible_devices_and_memory_limit_and_nthreads": 2,
}


def repaired(name, folder):
    """A copy of one of their files that takes text for text, and how often it did not."""
    package = importlib.util.find_spec("dask_cuda")
    text = pathlib.Path(package.origin).with_name("tests").joinpath(name).read_text()
    faults = sum(text.count(fault) for fault in REPAIRS)
    for fault, repair in REPAIRS.items():
        text = text.replace(fault, repair)
    (folder / name).write_text(text)
    return faults


@pytest.mark.skipif(importlib.util.find_spec("dask_cuda") is None,
                    reason="dask-cuda needs Python 3.11")
@pytest.mark.parametrize("test", TESTS)
def test_passes_in_dask_cudas_own_suite(test, tmp_path):
    faults = repaired(test.split("::")[0], tmp_path)
    assert faults == TESTS[test], "dask-cuda has changed these tests: are the repairs still needed?"
    done = septet_simulate("a100-40gb:3x2g.10gb", "--", sys.executable, "-m", "pytest", "-q",
                           "-p", "no:cacheprovider", test, cwd=tmp_path, timeout=SECONDS)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr
