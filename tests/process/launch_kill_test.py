# SPDX-License-Identifier: Apache-2.0
"""kill -9 of either half of septet, at any moment, leaves nothing alive.

The witness is a pipe that every process of the tree inherits and none else: it ends when the last
of them has gone, whatever any bookkeeping says.
"""

import os
import random
import signal
import time

import pytest

from launching import PATIENCE, Folder, wait_for

# What a rank starts to get away: another session, no hangup, a lost parent, deaf to asking.
RUNAWAYS = """
setsid sleep 1000 &
nohup setsid sh -c 'trap "" TERM HUP INT; echo > away.$RANK; while :; do sleep 1; done' \
  > /dev/null 2>&1 &
(setsid sh -c 'sleep 1000 & sleep 1000' &)
while [ ! -e away.$RANK ]; do sleep 0.01; done
echo > ready.$RANK
"""
RANKS = 3
SECOND = 1.0 if "asan" not in os.environ["SEPTET_PROGRAM"] else 5.0


@pytest.fixture
def folder():
    made = Folder()
    yield made
    made.remove()


def run(folder, end, *options):
    return folder.start("run", "-n", str(RANKS), *options, "--", "sh", "-c", RUNAWAYS + end)


def all_ready(folder):
    return all((folder.path / f"ready.{rank}").exists() for rank in range(RANKS))


def victim_of(septet, half):
    return septet.process.pid if half == "front" else septet.child()


HALVES = pytest.mark.parametrize("half", ["front", "child"])


@HALVES
def test_kill_while_running(folder, half):
    with run(folder, "sleep 1000") as septet:
        wait_for(lambda: all_ready(folder))
        os.kill(victim_of(septet, half), signal.SIGKILL)
        assert septet.everything_ends_within(SECOND)
        if half == "child":
            assert septet.process.wait(PATIENCE) == 128 + signal.SIGKILL
            assert "was killed by SIGKILL; killed" in septet.process.stderr.read()


@HALVES
def test_kill_while_stopping(folder, half):
    with run(folder, 'trap "" TERM; while :; do sleep 1; done', "--grace", "10m") as septet:
        wait_for(lambda: all_ready(folder))
        septet.process.terminate()
        while "stopping" not in septet.process.stderr.readline():
            pass
        os.kill(victim_of(septet, half), signal.SIGKILL)
        assert septet.everything_ends_within(SECOND)


@HALVES
def test_kill_while_waiting_for_a_lease(folder, half):
    with folder.start("hold", "-n", "7", "--", "sh", "-c", "echo > held; sleep 1000"):
        wait_for((folder.path / "held").exists)
        with run(folder, "sleep 1000") as septet:
            while "waiting" not in septet.process.stderr.readline():
                pass
            os.kill(victim_of(septet, half), signal.SIGKILL)
            assert septet.everything_ends_within(SECOND)


@HALVES
def test_kill_at_any_moment_of_the_start(folder, half):
    chance = random.Random(half)
    for _ in range(25):
        with run(folder, "sleep 1000") as septet:
            # Not a wait for anything: whichever moment it hits is to be survived.
            time.sleep(chance.uniform(0, 0.12))
            try:
                os.kill(victim_of(septet, half), signal.SIGKILL)
            except ProcessLookupError:
                continue
            assert septet.everything_ends_within(SECOND)
        # And the slices are free: nobody inherited a lock and lives.
        assert folder.run("run", "-q", "-n", "7", "--wait=10s", "--", "true")[0] == 0


def test_a_signal_at_any_moment_of_the_start_ends_it(folder):
    chance = random.Random(15)
    for attempt in range(60):
        with folder.start("run", "-n", str(RANKS), "--", "sleep", "1000") as septet:
            if attempt % 2 == 0:
                time.sleep(chance.uniform(0, 0.05))  # As above.
            while not septet.children():
                pass  # In between: the moment of the split.
            septet.process.terminate()
            assert septet.finish()[0] == 128 + signal.SIGTERM
            assert septet.everything_ends_within(SECOND)


def test_both_halves_killed_at_once_take_the_ranks_along(folder):
    """What left its rank's session can outlive this, as docs/launch.md says; ranks cannot."""
    script = "echo > ready.$RANK; exec sleep 1000"
    with folder.start("run", "-n", str(RANKS), "--", "sh", "-c", script) as septet:
        wait_for(lambda: all_ready(folder))
        child = septet.child()
        os.kill(child, signal.SIGSTOP)  # So that it cannot act between the two.
        os.kill(septet.process.pid, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
        assert septet.everything_ends_within(SECOND)


@HALVES
def test_kill_of_a_hold_and_the_runs_inside_it(folder, half):
    inner = f'"$SEPTET_TEST_PROGRAM" run -n {RANKS} -- sh -c "$RUNAWAYS sleep 1000"'
    with folder.start("hold", "-n", str(RANKS), "--", "sh", "-c", inner, RUNAWAYS=RUNAWAYS,
                      SEPTET_TEST_PROGRAM=os.environ["SEPTET_PROGRAM"]) as septet:
        wait_for(lambda: all_ready(folder))
        os.kill(victim_of(septet, half), signal.SIGKILL)
        assert septet.everything_ends_within(SECOND)


def test_a_stopped_rank_is_killed_too(folder):
    with run(folder, "kill -STOP $$") as septet:
        wait_for(lambda: all_ready(folder))
        septet.process.kill()
        assert septet.everything_ends_within(SECOND)
