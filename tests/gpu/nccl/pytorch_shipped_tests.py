# SPDX-License-Identifier: Apache-2.0
"""PyTorch's own tests of a backend, which its wheel brings along, as a program for unittest.

Requires BACKEND (nccl or gloo), WORLD_SIZE and TEMP_DIR, a folder with a folder "barrier" in it.
"""

from torch.testing._internal.common_utils import run_tests
from torch.testing._internal.distributed.distributed_test import DistributedTest, TestDistBackend


class TestShipped(TestDistBackend, DistributedTest._DistTestBase):
    """Each test in as many new processes as there are ranks."""

    def setUp(self):
        super().setUp()
        self._spawn_processes()


if __name__ == "__main__":
    run_tests()
