# SPDX-License-Identifier: Apache-2.0
"""Files and functions stay small enough to hold in the head; every source names its licence."""

import ast
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import repository

LONGEST = {".hpp": 200, ".cuh": 200, ".cpp": 400, ".cu": 400, ".py": 400, ".sh": 200}
LONGEST_FUNCTION = 40
WIDEST = 100
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def faults_of_file(path: pathlib.Path) -> list[str]:
    """Too many lines, too wide a line, or no licence."""
    lines = path.read_text().splitlines()
    name = repository.name_of(path)
    longest = LONGEST.get(path.suffix)
    faults = [f"{name}:{number}: {len(line)} columns, {WIDEST} allowed"
              for number, line in enumerate(lines, 1) if longest and len(line) > WIDEST]
    if longest and len(lines) > longest:
        faults.append(f"{name}: {len(lines)} lines, {longest} allowed")
    if not any(LICENCE in line for line in lines[:2]):
        faults.append(f"{name}: the first two lines do not say {LICENCE}")
    return faults


def cpp_functions(paths: list[pathlib.Path]) -> list[tuple[str, str, int]]:
    """File, name and lines of each function, as Universal Ctags sees them."""
    command = ["ctags", "-f", "-", "--sort=no", "--excmd=number", "--fields=+ne",
               "--language-force=C++", "--kinds-C++=f", *map(str, paths)]
    tags = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = []
    for tag in tags.splitlines():
        name, file, _, *fields = tag.split("\t")
        values = dict(field.split(":", 1) for field in fields if ":" in field)
        if "end" in values:
            lines = int(values["end"]) - int(values["line"]) + 1
            found.append((repository.name_of(pathlib.Path(file)), name, lines))
    return found


def python_functions(path: pathlib.Path) -> list[tuple[str, str, int]]:
    """The same for a Python file."""
    return [(repository.name_of(path), node.name, node.end_lineno - node.lineno + 1)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def too_long(functions: list[tuple[str, str, int]]) -> list[str]:
    return [f"{file}: {name} has {lines} lines, {LONGEST_FUNCTION} allowed"
            for file, name, lines in functions if lines > LONGEST_FUNCTION]


class Sizes(unittest.TestCase):
    def test_files_are_small_and_licensed(self):
        sources = repository.files(*LONGEST, ".cmake", "CMakeLists.txt")
        faults = [fault for path in sources for fault in faults_of_file(path)]
        self.assertEqual(faults, [])

    @unittest.skipUnless(shutil.which("ctags"), "Universal Ctags is not installed")
    def test_functions_are_small(self):
        functions = cpp_functions(repository.files(".hpp", ".cpp"))
        self.assertGreater(len(functions), 100, "ctags found next to nothing")
        for path in repository.files(".py"):
            functions += python_functions(path)
        self.assertEqual(too_long(functions), [])

    @unittest.skipUnless(shutil.which("ctags"), "Universal Ctags is not installed")
    def test_a_long_function_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            sample = pathlib.Path(folder) / "long.cpp"
            f, g = ("int %s() {\n" % name + "  h();\n" * lines + "}\n"
                    for name, lines in (("f", 39), ("g", 38)))
            sample.write_text(f + g)
            self.assertEqual(too_long(cpp_functions([sample])),
                             [f"{sample}: f has 41 lines, 40 allowed"])

    def test_a_long_wide_unlicensed_file_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            sample = pathlib.Path(folder) / "long.hpp"
            sample.write_text("//\n" * 200 + "/" * 101 + "\n")
            self.assertEqual(len(faults_of_file(sample)), 3)


if __name__ == "__main__":
    unittest.main()
