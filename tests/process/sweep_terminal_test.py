# SPDX-License-Identifier: Apache-2.0
"""septet sweep in a terminal: its block of lines, Ctrl-Z and fg, another size."""

import pathlib
import re
import sys

import pytest

from launching import Folder, wait_for
from terminal import Terminal

TICK = """
import os, sys, time
with open("pid." + sys.argv[1] + ".new", "w") as file:
    file.write(str(os.getpid()))
os.rename(file.name, "pid." + sys.argv[1])
while not os.path.exists("gate"):
    time.sleep(0.01)
"""


@pytest.fixture
def folder():
    made = Folder()
    (made.path / "tick.py").write_text(TICK)
    yield made
    made.remove()


@pytest.fixture
def terminal(folder):
    made = Terminal(folder)
    made.resize(24, 80)
    yield made
    made.close()


def state_of(folder, trial):
    pid = (folder.path / f"pid.{trial}").read_text()
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ")[1][0]


def start(terminal, folder, slices, *words):
    terminal.type(" ".join([f"$S sweep --top 0 -n {slices}", *words, "--grid", "x=1,2,3,4,5,6,7",
                            "--", sys.executable, "tick.py", "{trial}\n"]))
    wait_for(lambda: all((folder.path / f"pid.{n}").exists() for n in range(1, slices + 1)))


def test_a_line_a_slice_is_drawn_anew(terminal, folder):
    start(terminal, folder, 3)
    terminal.expect("] 0/7 done, 3 running")
    block = terminal.expect("\x1b[4A\x1b[J")
    assert re.findall(r"(0:\d) +trial (\d)", block) == [("0:0", "1"), ("0:1", "2"), ("0:2", "3")]
    (folder.path / "gate").touch()
    terminal.expect("7 trials done, 0 failed")


def test_a_low_terminal_shows_what_fits(terminal, folder):
    terminal.resize(6, 60)
    start(terminal, folder, 7)
    terminal.expect("] 0/7 done, 7 running")
    block = terminal.expect("\x1b[5A\x1b[J")
    assert "… 4 more" in block and "0:3" not in block
    terminal.resize(24, 60)  # Drawn for the new size at the next beat.
    terminal.expect("0:6")
    terminal.resize(24, 30)
    block = terminal.expect("\x1b[J")
    block = terminal.expect("\x1b[J")
    lines = [line for line in block.split("\r\n") if "trial" in line]
    assert lines and all(len(line) < 30 for line in lines)


def test_ctrl_z_stops_all_trials_and_the_view_and_fg_goes_on(terminal, folder):
    start(terminal, folder, 2, "--timeout", "8s")
    terminal.expect("2 running")
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.expect("<>")
    wait_for(lambda: all(state_of(folder, trial) == "T" for trial in (1, 2)))
    terminal.type("sleep 9; echo quiet\n")  # Longer than the timeout, which does not go on.
    assert "running" not in terminal.expect("quiet")
    terminal.type("fg\n")
    terminal.expect("2 running")
    wait_for(lambda: all(state_of(folder, trial) != "T" for trial in (1, 2)))
    (folder.path / "gate").touch()
    terminal.expect("7 trials done, 0 failed")


def test_ctrl_c_in_a_terminal_ends_with_130_and_leaves_a_clean_line(terminal, folder):
    start(terminal, folder, 2)
    terminal.type("\x03")
    terminal.expect("no more trials are started")
    terminal.type("\x03")
    terminal.expect("7 left: --resume runs them")
    terminal.expect("<>")
    terminal.type("echo status $?\n")
    terminal.expect("status 130")
