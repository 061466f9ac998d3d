# SPDX-License-Identifier: Apache-2.0
"""A stage includes only itself and the stages before it. docs/architecture.md draws the order."""

import pathlib
import re
import unittest

import repository

BEFORE = {
    "base": (),
    "discover": ("base",),
    "choose": ("base", "discover"),
    "lease": ("base", "discover", "choose"),
    "launch": ("base", "discover", "choose", "lease"),
    "sweep": ("base", "discover", "choose", "lease", "launch"),
    "contain": ("base", "discover", "choose", "lease", "launch"),
    # Lives inside other people's processes.
    "communicate": ("base",),
    "audit": (),
    "bench": ("base", "discover", "choose", "lease", "launch", "communicate"),
    "serve": ("base", "discover", "choose", "lease", "launch", "sweep", "contain"),
    "cli": ("base", "discover", "choose", "lease", "launch", "sweep", "contain", "communicate",
            "bench", "serve"),
}

# The stage that each installed header <septet/x.hpp> belongs to.
HEADERS = {
    "environment": "base",
    "error": "base",
    "token": "base",
    "unique_fd": "base",
    "catalogue": "discover",
    "driver": "discover",
    "host": "discover",
    "layout": "discover",
    "visible": "discover",
    "plan": "choose",
    "request": "choose",
    "lease": "lease",
    "collectives": "launch", "launch": "launch", "guard": "launch",
    "space": "sweep", "sweep": "sweep",
    "communicator": "communicate", "data_type": "communicate",
    "device_communicator": "communicate", "operation": "communicate",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"(\w+)/|<septet/(\w+)\.hpp>)', re.MULTILINE)


def stage_of(path: pathlib.Path) -> str | None:
    """The stage of a file under src/ or include/; nothing for tests of whole programs and such."""
    if path.parts[0] == "include":
        return HEADERS[path.stem]
    return path.parts[1] if path.parts[0] == "src" else None


def backward_arrows(path: pathlib.Path, text: str) -> list[str]:
    """What is wrong with the includes of the file at `path`, which is relative to the root."""
    stage = stage_of(path)
    if stage is None:
        return []
    used = {folder or HEADERS[header] for folder, header in INCLUDE.findall(text)}
    wrong = sorted((used & BEFORE.keys()) - {stage, *BEFORE[stage]})
    return [f"{path}: {stage} may not include {other}" for other in wrong]


class Arrows(unittest.TestCase):
    def test_every_header_has_a_stage(self):
        for path in repository.files(".hpp"):
            if "include/septet" in str(path):
                self.assertIn(path.stem, HEADERS, f"give {path.name} a stage in HEADERS above")

    def test_no_arrow_points_backward(self):
        found = []
        for path in repository.files(".hpp", ".cpp", ".cu", ".cuh"):
            found += backward_arrows(path.relative_to(repository.ROOT), path.read_text())
        self.assertEqual(found, [])

    def test_a_backward_arrow_is_found(self):
        bad = ('#include "lease/record.hpp"\n#include <septet/launch.hpp>\n'
               "#include <septet/host.hpp>\n")
        self.assertEqual(
            backward_arrows(pathlib.Path("src/choose/choose.cpp"), bad),
            ["src/choose/choose.cpp: choose may not include launch",
             "src/choose/choose.cpp: choose may not include lease"])
        self.assertEqual(backward_arrows(pathlib.Path("src/cli/run.cpp"), bad), [])

    def test_communicate_takes_base_alone(self):
        path = pathlib.Path("src/communicate/host/ring.cpp")
        self.assertEqual(len(backward_arrows(path, "#include <septet/host.hpp>\n")), 1)
        self.assertEqual(backward_arrows(path, '#include "base/errno.hpp"\n'), [])


if __name__ == "__main__":
    unittest.main()
