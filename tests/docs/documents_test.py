# SPDX-License-Identifier: Apache-2.0
"""What the documents say is true: links lead somewhere, commands print what stands below them.

A block fenced with ```console run is run: each "$ command" in one shell, in a folder of its own, on
simulated slices; what follows is its output. "…" stands for anything, a line of it for any lines.
```console run status=69 says how the last command ends.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "checks"))
import repository  # noqa: E402

PROGRAM = pathlib.Path(os.environ["SEPTET_PROGRAM"])
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
BLOCK = re.compile(r"^```console run(?: status=(\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def broken_links(path: pathlib.Path, text: str) -> list[str]:
    """Relative links of the document at `path` that lead nowhere."""
    found = []
    for target, _ in LINK.findall(text):
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            found.append(f"{repository.name_of(path)}: {target} does not exist")
    return found


def commands_of(block: str) -> list[tuple[str, str]]:
    """Each command of a block, and what is said to be its output."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def matches(said: str, printed: str) -> bool:
    """Whether a program printed what the document says."""
    pattern = ""
    for line in said.rstrip().splitlines():
        wildcard = line.strip() == "…"
        pattern += "(.*\n)*?" if wildcard else re.escape(line.rstrip()).replace("…", ".*") + r" *\n"
    return re.fullmatch(pattern, printed if printed.endswith("\n") or not printed
                        else printed + "\n") is not None


class Shell:
    """Runs the commands of one document, one after the other; exported variables stay."""

    def __init__(self, folder: str):
        self.folder = folder
        self.environment = {
            "HOME": folder, "LC_ALL": "C.UTF-8", "SEPTET_STATE": f"{folder}/state",
            "PYTHONPATH": f"{PROGRAM.parent.parent}/python",
            "PATH": f"{PROGRAM.parent}:{ROOT}/.venv/bin:{os.environ['PATH']}"}

    def run(self, command: str) -> tuple[int, str]:
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").split(" ")[0].partition("=")
            self.environment[name] = value
            return 0, ""
        result = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                stdin=subprocess.DEVNULL, timeout=100)
        return result.returncode, result.stdout


def faults_of(name: str, text: str) -> list[str]:
    """Each command of the document `text` that does not do what stands there."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(folder)
        for status, block in BLOCK.findall(text):
            commands = commands_of(block)
            for number, (command, said) in enumerate(commands, 1):
                expected = int(status or 0) if number == len(commands) else 0
                ended, printed = shell.run(command)
                if ended != expected or not matches(said, printed):
                    faults.append(f"{name}: $ {command}\nended with {ended}:\n{printed}")
    return faults


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        faults = []
        for path in repository.files(".md"):
            faults += broken_links(path, path.read_text())
        self.assertEqual(faults, [])

    def test_a_broken_link_is_found(self):
        text = "[a](CMakeLists.txt) [b](no/such.md#part) [c](https://example.org/)"
        self.assertEqual(len(broken_links(ROOT / "README.md", text)), 1)

    def test_the_readme_is_short(self):
        self.assertLessEqual(len((ROOT / "README.md").read_text().splitlines()), 150)


class Commands(unittest.TestCase):
    def test_commands_print_what_stands_below_them(self):
        ran = 0
        for path in repository.files(".md"):
            text = path.read_text()
            ran += len(BLOCK.findall(text))
            with self.subTest(path.name):
                self.assertEqual("\n".join(faults_of(repository.name_of(path), text)), "")
        self.assertGreaterEqual(ran, 3)

    def test_another_output_or_status_is_found(self):
        self.assertEqual(len(faults_of("bad.md", "```console run\n$ echo one\ntwo\n```\n")), 1)
        self.assertEqual(len(faults_of("bad.md", "```console run\n$ false\n```\n")), 1)

    def test_what_may_differ_is_passed_over(self):
        good = "```console run status=3\n$ echo a 7 b; seq 3; exit 3\na … b\n…\n3\n```\n"
        self.assertEqual(faults_of("good.md", good), [])


if __name__ == "__main__":
    unittest.main()
