# SPDX-License-Identifier: Apache-2.0
"""Example 2 as `make demo` runs it, on simulated slices."""

import csv
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "02_digits_sweep"
PROGRAM = pathlib.Path(os.environ["SEPTET_PROGRAM"])


class DigitsSweep(unittest.TestCase):
    def test_sixteen_settings_are_ranked_and_drawn(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            environment = {**os.environ, "SEPTET_DEVICES": "sim:a100-40gb:4x1g.10gb",
                           "SEPTET_STATE": str(folder / "state"),
                           "SEPTET_BIN": str(PROGRAM.parent)}
            result = subprocess.run([EXAMPLE / "sweep.sh", folder / "sweep"], env=environment,
                                    capture_output=True, text=True, timeout=240)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            with open(folder / "sweep" / "results.csv", newline="") as file:
                rows = list(csv.DictReader(file))
            report = (folder / "sweep" / "report.html").read_text()
        self.assertEqual([row["outcome"] for row in rows], ["done"] * 16)
        self.assertEqual(len({row["position"] for row in rows}), 4)
        self.assertGreater(max(float(row["accuracy"]) for row in rows), 0.95)
        self.assertIn('"curves":[{"trial"', report)


if __name__ == "__main__":
    unittest.main()
