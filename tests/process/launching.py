# SPDX-License-Identifier: Apache-2.0
"""Starts septet on simulated slices and witnesses who is alive, by what the kernel says."""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = os.environ["SEPTET_PROGRAM"]
BUILD = pathlib.Path(os.environ["SEPTET_BUILD"])
SLICES = "sim:a100-80gb:7x1g.10gb"
PATIENCE = 60  # Seconds for what takes a moment: the machine may be busy.


def clean_environment(state):
    """This process's environment without what a lease around it would have set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEPTET_")}
    return kept | {"SEPTET_STATE": str(state), "SEPTET_DEVICES": SLICES}


def crowding():
    """How many processes want each processor at this moment, at least 1."""
    lines = pathlib.Path("/proc/stat").read_text().splitlines()
    running = next(int(line.split()[1]) for line in lines if line.startswith("procs_running"))
    return max(1.0, running / len(os.sched_getaffinity(0)))


class Septet:
    """One septet process (its front), with a witness pipe that its whole tree inherits."""

    def __init__(self, process, witness):
        self.process = process
        self.witness = witness

    def everything_ends_within(self, seconds):
        """Whether all holders of the witness pipe are gone by then: it is at its end.

        They are seconds of a machine that does nothing else: shared by n, it takes n times as long.
        """
        step = min(seconds, 0.05)
        ended = bool(select.select([self.witness], [], [], step)[0])
        while not ended and seconds > 0:
            seconds -= step / crowding()
            ended = bool(select.select([self.witness], [], [], step)[0])
        return ended

    def finish(self, patience=PATIENCE):
        out, err = self.process.communicate(timeout=patience)
        return self.process.returncode, out, err

    def children(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in pathlib.Path(path).read_text().split()]

    def child(self):
        """The pid of the working half, once there is one."""
        return wait_for(self.children)[0]


def wait_for(condition, patience=PATIENCE):
    """The first truthy answer of `condition`."""
    end = time.monotonic() + patience
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.002)


def kill_holders_of(pipe):
    """Kills all other processes that still have an end of `pipe` a moment after the kill."""
    name = os.readlink(f"/proc/self/fd/{pipe}")
    if select.select([pipe], [], [], 5)[0]:
        return
    for entry in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            pid = int(entry.parts[2])
            if pid != os.getpid() and os.readlink(entry) == name:
                os.kill(pid, signal.SIGKILL)


class Folder:
    """A folder of a test's own, with the lease folder in it."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="septet-launch-"))
        self.state = self.path / "state"

    def environment(self, **more):
        return clean_environment(self.state) | more

    @contextlib.contextmanager
    def start(self, *words, stdin=subprocess.DEVNULL, text=True, **more):
        """septet with `words`. What is left of it at the end is killed."""
        read_end, write_end = os.pipe()
        process = subprocess.Popen(
            [PROGRAM, *words], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=[write_end], env=self.environment(**more), cwd=self.path, text=text)
        os.close(write_end)
        try:
            yield Septet(process, read_end)
        finally:
            if process.poll() is None:
                process.kill()
            kill_holders_of(read_end)  # None, unless a test has failed.
            process.communicate()
            os.close(read_end)

    def run(self, *words, **more):
        """Status, stdout and stderr of septet with `words`."""
        with self.start(*words, **more) as septet:
            return septet.finish()

    def lines(self, name):
        """Whole lines of a file that processes append to; none while it is not there."""
        path = self.path / name
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def signal_name(number):
    return signal.Signals(number).name
