# SPDX-License-Identifier: Apache-2.0
"""septet bench --gloo with a real PyTorch, which takes seconds to load."""

import json
import subprocess
import sys
import unittest

import launching


def python_with_gloo():
    """A Python with PyTorch and its Gloo, or nothing."""
    look = "import torch.distributed as d; d.ProcessGroupGloo"
    for python in ("/usr/bin/python3", sys.executable):
        found = subprocess.run([python, "-c", look], stderr=subprocess.DEVNULL, check=False)
        if found.returncode == 0:
            return python
    return None


PYTHON = python_with_gloo()


@unittest.skipIf(PYTHON is None, "no python3 here has PyTorch with Gloo (Debian: python3-torch)")
class Gloo(unittest.TestCase):
    def setUp(self):
        self.folder = launching.Folder()
        self.addCleanup(self.folder.remove)

    def bench(self, *words):
        return self.folder.run("bench", "--buffers", "host", "--iterations", "2", "-n", "2",
                               f"--gloo={PYTHON}", "--json", "-", *words)

    def test_gloo_is_measured_and_checked_beside_septet(self):
        status, out, err = self.bench("all", "--sizes", "8,64K", "--check")
        self.assertEqual(status, 0, err)
        rows = [row for row in json.loads(out)["rows"] if row["library"].startswith("gloo (torch ")]
        self.assertEqual(len(rows), 9 * 2)
        for row in rows:
            for figures in (row["out_of_place"], row["in_place"]):
                if figures is None or row["operation"] == "reduce_scatter":
                    continue  # There is no such form; Gloo of older versions has no such operation.
                self.assertEqual(figures["wrong"], 0, row)
                self.assertGreater(figures["p50_us"], 0)

    def test_what_gloo_does_not_have_is_refused_in_its_words(self):
        status, out, err = self.bench("--sizes", "8", "--reduction", "avg,sum")
        self.assertEqual(status, 0, err)
        average, total = [row for row in json.loads(out)["rows"]
                          if row["library"].startswith("gloo")]
        self.assertIn("AVG", average["out_of_place"]["refused"])
        self.assertEqual(total["out_of_place"]["wrong"], 0)


if __name__ == "__main__":
    unittest.main()
