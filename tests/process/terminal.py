# SPDX-License-Identifier: Apache-2.0
"""A shell with job control in a pseudo-terminal of its own."""

import contextlib
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import termios
import time

from launching import PATIENCE, PROGRAM


def processes_of_session(session):
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "stat").read_text().rsplit(") ")[1].split()[3] == str(session):
                yield int(folder.name)


class Terminal:
    """What is typed goes to the shell; what it and its jobs print is expected piece by piece."""

    def __init__(self, folder):
        self.seen = ""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(folder.path)
            environment = folder.environment(PS1="$ ", S=PROGRAM, TERM="dumb", HISTFILE="")
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], environment)
        self.type("bind 'set enable-bracketed-paste off'; stty -echo; echo sta''rted\n")
        self.expect("started")
        self.type("PS1='<'$'>'\n")
        self.expect("<>")

    def type(self, text):
        os.write(self.master, text.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, text):
        """Reads on until `text` has come, and returns what stood before it, which is forgotten."""
        end = time.monotonic() + PATIENCE
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.master], [], [], left)[0], (
                f"{text!r} did not come; seen: {self.seen!r}")
            self.seen += os.read(self.master, 65536).decode(errors="replace")
        before, self.seen = self.seen.split(text, 1)
        return before

    def close(self):
        for pid in processes_of_session(self.pid):
            os.kill(pid, signal.SIGKILL)
        os.close(self.master)
        os.waitpid(self.pid, 0)
