# SPDX-License-Identifier: Apache-2.0
"""Example 1 as `make demo` runs it, on simulated slices; and its report on results made up."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "01_digits"
PROGRAM = pathlib.Path(os.environ["SEPTET_PROGRAM"])


class Digits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def sweep(self) -> subprocess.CompletedProcess:
        environment = {**os.environ, "SEPTET_DEVICES": "sim:a100-40gb:4x1g.10gb",
                       "SEPTET_STATE": str(self.folder / "state"),
                       "SEPTET_BIN": str(PROGRAM.parent)}
        return subprocess.run([EXAMPLE / "sweep.sh", self.folder / "results"], env=environment,
                              capture_output=True, text=True, timeout=240)

    def test_eight_settings_train_on_four_slices(self):
        result = self.sweep()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("8 settings on 4 slices, never two on one slice", result.stdout)
        accuracies = [float(share) for share in re.findall(r"(\d+\.\d)%", result.stdout)]
        self.assertEqual(len(accuracies), 8)
        self.assertGreater(min(accuracies), 85)
        self.assertGreater(max(accuracies), 95)


class Report(unittest.TestCase):
    def report(self, *results: dict) -> subprocess.CompletedProcess:
        with tempfile.TemporaryDirectory() as folder:
            for number, result in enumerate(results):
                facts = {"lr": 0.1, "hidden": 16, "accuracy": 0.9, "pid": number, "start": 0,
                         "end": 1, "profile": "1g.10gb", "memory_bytes": 2**30, **result}
                pathlib.Path(folder, f"{number}.json").write_text(json.dumps(facts))
            return subprocess.run([sys.executable, EXAMPLE / "report.py", folder, "2", "1"],
                                  capture_output=True, text=True, timeout=60)

    def test_two_on_one_slice_at_one_time_are_found(self):
        result = self.report({"slice": "MIG-a"}, {"slice": "MIG-a", "start": 0.5, "end": 2})
        self.assertEqual(result.returncode, 1)
        self.assertIn("pids 0 and 1 were on MIG-a at the same time", result.stderr)

    def test_one_after_the_other_is_well(self):
        result = self.report({"slice": "MIG-a"}, {"slice": "MIG-a", "start": 1, "end": 2})
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_missing_result_is_found(self):
        result = self.report({"slice": "MIG-a"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("1 of 2 settings have a result", result.stderr)


if __name__ == "__main__":
    unittest.main()
