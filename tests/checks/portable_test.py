# SPDX-License-Identifier: Apache-2.0
"""The program runs on another distribution than the one it was built on.

It needs the C library of glibc 2.34 (2021: Ubuntu 22.04, RHEL 9, Debian 12) or newer and nothing
else. SEPTET_PROGRAM names the program.
"""

import os
import re
import subprocess
import unittest

NEWEST_GLIBC = (2, 34)
ALLOWED = re.compile(r"lib(c|m|dl|rt|pthread)\.so\.\d|ld-linux[\w-]*\.so\.\d")


def needed(program: str) -> list[str]:
    """The shared libraries that the loader will look for."""
    text = subprocess.run(["readelf", "-d", program], check=True, capture_output=True, text=True)
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text.stdout)


def too_new(program: str, newest: tuple[int, int] = NEWEST_GLIBC) -> list[str]:
    """Symbols of a newer C library than allowed."""
    text = subprocess.run(["objdump", "-T", program], check=True, capture_output=True, text=True)
    found = []
    for major, minor, symbol in re.findall(r"GLIBC_(\d+)\.(\d+)[\d.]*\)?\s+(\S+)$", text.stdout,
                                           re.MULTILINE):
        if (int(major), int(minor)) > newest:
            found.append(f"{symbol} of glibc {major}.{minor}")
    return found


def foreign(libraries: list[str]) -> list[str]:
    return [library for library in libraries if not ALLOWED.fullmatch(library)]


class Portable(unittest.TestCase):
    program = os.environ["SEPTET_PROGRAM"]

    def test_only_the_c_library_is_needed(self):
        self.assertIn("libc.so.6", needed(self.program))
        self.assertEqual(foreign(needed(self.program)), [])

    def test_no_symbol_is_newer_than_allowed(self):
        self.assertEqual(too_new(self.program), [])

    def test_a_foreign_library_is_found(self):
        self.assertEqual(foreign(["libc.so.6", "libstdc++.so.6", "libhwloc.so.15"]),
                         ["libstdc++.so.6", "libhwloc.so.15"])

    def test_a_newer_symbol_would_be_found(self):
        self.assertNotEqual(too_new(self.program, newest=(2, 2)), [])


if __name__ == "__main__":
    unittest.main()
