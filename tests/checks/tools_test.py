# SPDX-License-Identifier: Apache-2.0
"""Format, spelling and shell scripts, as the tools of the trade judge them."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import repository

STYLE = repository.ROOT / ".clang-format"
FORMAT = ["clang-format-19", "--dry-run", "-Werror", f"--style=file:{STYLE}"]
SPELLING = ["codespell", f"--ignore-words={repository.ROOT / '.codespell-ignore'}"]
SHELL = ["shellcheck", "--external-sources"]
TIDY = ["clang-tidy-19", "--quiet", f"--config-file={repository.ROOT / '.clang-tidy'}",
        "--extra-arg=-std=c++20"]


def judge(command: list[str], paths: list[pathlib.Path]) -> subprocess.CompletedProcess:
    return subprocess.run([*command, *map(str, paths)], cwd=repository.ROOT, capture_output=True,
                          text=True, timeout=300)


class Tool(unittest.TestCase):
    """One tool over its files, and once over a bad sample so that it is seen to fail."""

    def accepts(self, command: list[str], paths: list[pathlib.Path]):
        result = judge(command, paths)
        self.assertGreater(len(paths), 0)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def refuses(self, command: list[str], name: str, text: str):
        with tempfile.TemporaryDirectory() as folder:
            sample = pathlib.Path(folder) / name
            sample.write_text(text)
            self.assertNotEqual(judge(command, [sample]).returncode, 0)


@unittest.skipUnless(shutil.which("clang-format-19"), "no clang-format 19 in this distribution")
class Format(Tool):
    def test_sources_are_formatted(self):
        self.accepts(FORMAT, repository.files(".hpp", ".cpp"))

    def test_a_bad_sample_is_refused(self):
        self.refuses(FORMAT, "bad.cpp", "int  f( ){return 1 ;}\n")


@unittest.skipUnless(shutil.which("codespell"), "codespell is not installed")
class Spelling(Tool):
    def test_text_is_spelled_right(self):
        text = repository.files(".hpp", ".cpp", ".md", ".py", ".sh", ".cmake", ".txt", "Makefile")
        self.accepts(SPELLING, text + repository.scripts())

    def test_a_bad_sample_is_refused(self):
        self.refuses(SPELLING, "bad.md", "Wait for t" + "eh slices.\n")


@unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
class Shell(Tool):
    def test_scripts_are_sound(self):
        self.accepts(SHELL, repository.scripts())

    def test_a_bad_sample_is_refused(self):
        self.refuses(SHELL, "bad.sh", "#!/bin/sh\nrm -r $1/*\n")


@unittest.skipUnless(shutil.which("clang-tidy-19"), "no clang-tidy 19 in this distribution")
class Tidy(Tool):
    """Over all sources it is a step of scripts/test; here its list of checks is seen to work."""

    def findings(self, text: str, *options: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            sample = pathlib.Path(folder) / "sample.cpp"
            sample.write_text(text)
            result = judge([*TIDY, *options], [sample])
            self.assertEqual(result.returncode == 0, "[" not in result.stdout, result.stdout)
            return result.stdout

    def test_bad_samples_are_refused(self):
        samples = {
            "readability-identifier-naming": "namespace {\nint BadName = 1;\n}\n",
            "misc-use-internal-linkage": "int get() { return 1; }\n",
            "google-explicit-constructor": "struct Size {\n  Size(int value);\n};\n",
            "bugprone-use-after-move":
                "#include <string>\n#include <utility>\nstatic auto size(std::string a) {\n"
                "  const std::string b = std::move(a);\n  return a.size() + b.size();\n}\n"}
        for check, text in samples.items():
            self.assertIn(check, self.findings(text))

    def test_the_analyzer_refuses_a_bad_sample(self):
        text = "static int read(const int* p) { return p == nullptr ? *p : 1; }\n"
        self.assertEqual(self.findings(text), "")
        self.assertIn("clang-analyzer-core", self.findings(text, "--checks=-*,clang-analyzer-*"))

    def test_good_sample_is_accepted(self):
        self.assertEqual(self.findings("struct Size {\n  explicit Size(int value);\n};\n"), "")


if __name__ == "__main__":
    unittest.main()
