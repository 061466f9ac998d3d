# SPDX-License-Identifier: Apache-2.0
"""The completion scripts at work in real shells. SEPTET_PROGRAM names the program."""

import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import time
import unittest

PROGRAM = pathlib.Path(os.environ["SEPTET_PROGRAM"])
PATIENCE_S = 60


def run(*command: str, folder: str | None = None) -> str:
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, cwd=folder,
                            env={**os.environ, "PATH": path})
    return result.stdout + result.stderr


class Bash(unittest.TestCase):
    """What bash would offer for a line with the cursor at its end."""

    SCRIPT = """
source <(septet completion bash)
COMP_LINE=$1 COMP_POINT=${#1}
IFS=$'\\n' read -rd '' -a COMP_WORDS < <(sed 's/[:=]/ & /g; s/  */\\n/g' <<<"$1")
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_septet
printf '%s\\n' "${COMPREPLY[@]}"
"""

    def offers(self, line: str, folder: str | None = None) -> list[str]:
        return run("bash", "--norc", "-c", self.SCRIPT, "bash", line, folder=folder).split()

    def test_verbs(self):
        self.assertEqual(self.offers("septet ins"), ["install-host"])
        self.assertIn("run", self.offers("septet "))
        self.assertIn("--version", self.offers("septet --"))

    def test_options_and_their_values(self):
        self.assertIn("--devices", self.offers("septet list --dev"))
        self.assertEqual(self.offers("septet list --devices n"), ["nvml"])
        self.assertEqual(self.offers("septet list --devices=si"), ["sim:"])
        self.assertEqual(self.offers("septet completion f"), ["fish"])
        self.assertEqual(self.offers("septet man ins"), ["install-host"])

    def test_the_users_command_and_its_files(self):
        self.assertIn("true", self.offers("septet run -- tru"))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "training.py").touch()
            self.assertEqual(self.offers("septet run -n 4 -- cat train", folder), ["training.py"])


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class Fish(unittest.TestCase):
    def offers(self, line: str) -> list[str]:
        text = run("fish", "--no-config", "-c",
                   f"septet completion fish | source; complete -C '{line}'")
        return [row.split("\t")[0] for row in text.splitlines()]

    def test_verbs(self):
        self.assertEqual(self.offers("septet ins"), ["install-host"])

    def test_options_and_their_values(self):
        self.assertIn("--devices", self.offers("septet list --dev"))
        self.assertEqual(self.offers("septet list --devices nv"), ["nvml"])
        self.assertEqual(self.offers("septet completion fi"), ["fish"])

    def test_the_users_command(self):
        self.assertIn("true", self.offers("septet run -- tru"))


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(unittest.TestCase):
    """zsh completes only at a terminal: its line editor types, and `septet` shows what it got."""

    def completed(self, line: str) -> str:
        """The line after TAB at its end, as zsh would run it."""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, ".zshrc").write_text(
                "PS1='ready> '\nautoload -U compinit && compinit -u -d $ZDOTDIR/dump\n"
                f"source <({PROGRAM} completion zsh)\n"
                "septet() { print -r -- \"RAN:$*:\" }\n")
            return self.type_at_terminal(folder, line)

    def type_at_terminal(self, folder: str, line: str) -> str:
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe("zsh", ["zsh", "-i"], {**os.environ, "ZDOTDIR": folder, "TERM": "dumb"})
        try:
            self.read_until(terminal, "ready> ")
            os.write(terminal, f"{line}\t\n".encode())
            text = self.read_until(terminal, ":\r\n", after="RAN:")
            return text.split("RAN:")[-1].split(":\r\n")[0]
        finally:
            os.close(terminal)
            os.waitpid(child, 0)

    def read_until(self, terminal: int, end: str, after: str = "") -> str:
        text, deadline = "", time.monotonic() + PATIENCE_S
        while end not in text.partition(after)[2] if after else end not in text:
            self.assertLess(time.monotonic(), deadline, text)
            text += os.read(terminal, 4096).decode(errors="replace")
        return text

    def test_verbs(self):
        self.assertEqual(self.completed("septet ins"), "install-host")

    def test_options_and_their_values(self):
        self.assertEqual(self.completed("septet list --dev"), "list --devices")
        self.assertEqual(self.completed("septet list --devices nv"), "list --devices nvml")
        self.assertEqual(self.completed("septet completion fi"), "completion fish")


if __name__ == "__main__":
    unittest.main()
