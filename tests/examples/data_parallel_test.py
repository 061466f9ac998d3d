# SPDX-License-Identifier: Apache-2.0
"""Example 4 as `make demo` runs it, on simulated slices."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ["SEPTET_PROGRAM"])


class DataParallel(unittest.TestCase):
    def test_four_slices_learn_what_one_process_learns_to_the_last_bit(self):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "SEPTET_DEVICES": "sim:a100-40gb:4x1g.10gb",
                           "SEPTET_STATE": folder, "SEPTET_BIN": str(PROGRAM.parent)}
            result = subprocess.run([ROOT / "examples/04_data_parallel/run.sh"], env=environment,
                                    capture_output=True, text=True, timeout=240)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("4 slices, 630 steps: the loss curve of one process, to the last bit",
                      result.stdout)
        losses = [float(loss) for loss in re.findall(r"loss (\d\.\d+)", result.stdout)]
        self.assertEqual(losses, sorted(losses, reverse=True))
        self.assertLess(losses[-1], 0.1)


if __name__ == "__main__":
    unittest.main()
