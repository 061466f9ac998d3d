# SPDX-License-Identifier: Apache-2.0
"""The files of this repository, for the checks in this folder. Standard library only."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*suffixes: str) -> list[pathlib.Path]:
    """Tracked and new files that end in one of `suffixes`; all files when none is given.

    Without tests/seed: scripts of users, kept as they are.
    """
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    ours = (name for name in set(names.split("\0")) if not name.startswith("tests/seed/"))
    found = (ROOT / name for name in sorted(ours))
    return [path for path in found if path.is_file() and path.name.endswith(suffixes or "")]


def name_of(path: pathlib.Path) -> str:
    """The path as people write it: from the root of the repository."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def scripts() -> list[pathlib.Path]:
    """Shell scripts: by suffix, or by their first line."""
    return [path for path in files() if path.suffix == ".sh" or _has_shell_line(path)]


def _has_shell_line(path: pathlib.Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(80)
    return first.startswith(b"#!") and first.rstrip().endswith((b"bash", b"/sh", b" sh"))
