# SPDX-License-Identifier: Apache-2.0
"""septet in a terminal: Ctrl-C, Ctrl-Z and interactive shells, through a pseudo-terminal."""

import pathlib
import sys

import pytest

from launching import Folder, wait_for
from terminal import Terminal


@pytest.fixture
def folder():
    made = Folder()
    yield made
    made.remove()


@pytest.fixture
def terminal(folder):
    made = Terminal(folder)
    yield made
    made.close()


def test_ctrl_c_ends_all_ranks_with_130(terminal):
    terminal.type('$S run -n 2 -- sh -c "echo rank; exec sleep 1000"\n')
    for _ in range(2):
        terminal.expect("rank")
    terminal.type("\x03")
    terminal.expect("stopping; Ctrl-C again kills at once")
    terminal.expect("<>")
    terminal.type("echo status $?\n")
    terminal.expect("status 130")


def test_ctrl_c_ends_a_single_command_and_the_loop_around_it(terminal):
    terminal.type("for i in 1 2 3; do $S run -q -- sh -c 'echo go; exec sleep 1000'; done\n")
    terminal.expect("go")
    terminal.type("\x03")
    terminal.expect("<>")
    terminal.type("echo status $?\n")
    terminal.expect("status 130")
    assert "go" not in terminal.seen


TICK = """
import os, time
name = "pid." + os.environ["RANK"]
open(name + ".new", "w").write(str(os.getpid()))
os.rename(name + ".new", name)
while True:
    print("tick", flush=True)
    time.sleep(0.05)
"""


def state_of(folder, rank):
    pid = (folder.path / f"pid.{rank}").read_text()
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ")[1][0]


def test_ctrl_z_stops_all_ranks_and_fg_goes_on(terminal, folder):
    # One process a rank: a shell that is about to start another one is not seen as stopped.
    (folder.path / "tick.py").write_text(TICK)
    terminal.type(f"$S run -q -n 2 -- {sys.executable} tick.py\n")
    terminal.expect("tick")
    wait_for(lambda: all((folder.path / f"pid.{rank}").exists() for rank in (0, 1)))
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.expect("<>")
    wait_for(lambda: all(state_of(folder, rank) == "T" for rank in (0, 1)))
    terminal.type("fg\n")
    terminal.expect("tick\r\ntick")
    terminal.type("\x03")
    terminal.expect("<>")
    terminal.type("echo status $?\n")
    terminal.expect("status 130")


def test_a_shell_in_a_hold_is_interactive_with_jobs_of_its_own(terminal):
    terminal.type("$S hold -q -n 2 -- bash --norc --noprofile -i\n")
    terminal.type("PS1='{'$'}'\n")
    terminal.expect("{}")
    terminal.type("echo $SEPTET_SLICES | tr ',' '\\n' | grep -c MIG | sed 's/^/slices /'\n")
    terminal.expect("slices 2")
    terminal.type("sh -c 'echo slee''ping; exec sleep 1000'\n")
    terminal.expect("sleeping")
    terminal.type("\x1a")
    terminal.expect("Stopped")
    # Without fg the shell may not know yet at its exit that the job has ended, and stay for it.
    terminal.type("jobs; kill %1; fg; echo in''side\n")
    terminal.expect("inside")
    terminal.expect("{}")
    terminal.type("\x03")  # An interactive shell outlives it, and so does the hold.
    terminal.expect("^C")
    terminal.type("\n")
    terminal.expect("{}")
    terminal.type("echo still $((40 + 2))\n")
    terminal.expect("still 42")
    terminal.type("exit 3\n")
    terminal.type("echo outer status $?\n")
    terminal.expect("outer status 3")


def test_a_single_command_reads_the_terminal_and_stops_with_ctrl_z(terminal):
    script = "echo ask; read x; echo got $x; while :; do echo tick; sleep 0.05; done"
    terminal.type(f"$S run -q -- sh -c '{script}'\n")
    terminal.expect("ask")
    terminal.type("word\n")
    terminal.expect("got word")
    terminal.expect("tick")
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.expect("<>")
    terminal.type("fg\n")
    terminal.expect("sh -c")
    terminal.expect("tick\r\ntick")
    terminal.type("\x03")
    terminal.expect("<>")
    terminal.type("echo status $?\n")
    terminal.expect("status 130")
