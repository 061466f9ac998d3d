# SPDX-License-Identifier: Apache-2.0
"""Ranks that die, leave, fork or are interrupted: the others are told, and nobody hangs."""

import os
import signal
import time

import pytest
from ranks import finish, start_group

# Says that it is there, then waits in a call; says how that ended.
WAIT = """
print("ready", flush=True)
try:
    while True:
        ranks.all_reduce(np.ones(10))
except septet.PeerError as error:
    print(error)
"""
DIE = """
ranks.all_reduce(np.ones(10))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_rank_that_is_killed_is_named_by_all_others():
    group = start_group(WAIT, WAIT, DIE)
    dead = group[2].pid
    for process in group[:2]:
        status, out, err = finish(process)
        assert status == 0, err
        assert f"rank 2 (pid {dead}) died" in out
    assert finish(group[2])[0] == -signal.SIGKILL


def test_a_rank_that_ends_well_has_left():
    left, waits = start_group("", WAIT)
    assert finish(left)[0] == 0
    status, out, err = finish(waits)
    assert status == 0, err
    assert "has let go of the communicator" in out


# An interrupt that comes a moment before the call breaks nothing: another one is waited for.
INTERRUPTED = """
told = None
while told is None:
    try:
        print("ready", flush=True)
        ranks.barrier()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    try:
        ranks.check()
    except septet.PeerError as error:
        told = error
print(told)
"""
# Waits for the end of the communicator without a call that would end the other's.
WATCH = """
try:
    while True:
        ranks.check()
        time.sleep(0.01)
except septet.PeerError as error:
    print(error)
"""


def interrupt(process):
    """Once it is in a call; how many seconds the call goes on after that."""
    while process.stdout.readline() == "ready\n":
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        took = time.monotonic() - started
    return took


def test_an_interrupt_ends_a_blocked_call_and_the_others_are_told():
    blocked, other = start_group(INTERRUPTED, WATCH)
    # Within a tenth of a second, on a machine that does nothing else.
    assert interrupt(blocked) < 30
    status, _, err = finish(blocked)
    assert status == 0, err
    assert "rank 0" in (told := finish(other)[1]) and "aborted the communicator" in told


def test_an_interrupt_ends_a_meeting():
    script = ("import sys, septet\nprint('ready', flush=True)\n"
              "septet.Communicator(0, 2, septet.random_token(), meeting_limit=300)\n")
    process = start_group(script)[0]
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    status, _, err = finish(process)
    assert status != 0 and "KeyboardInterrupt" in err


ABORTED = """
thread = threading.Timer(0, ranks.abort)
thread.start()
try:
    ranks.barrier()
except septet.PeerError as error:
    print(error)
thread.join()
"""


def test_another_thread_aborts_and_python_goes_on_meanwhile():
    aborted, other = start_group(ABORTED, WATCH)
    assert "aborted the communicator" in finish(aborted)[1]
    assert "aborted the communicator" in finish(other)[1]


SECOND_CALL = """
thread = threading.Thread(target=ranks.barrier)
thread.start()
try:
    while thread.is_alive():
        ranks.recv(np.ones(1), 0)
except septet.UsageError as error:
    print(error)
os._exit(0)
"""


def test_a_second_call_at_a_time_is_refused():
    waits, second = start_group(WATCH, SECOND_CALL)
    status, out, err = finish(second)
    assert status == 0, err
    assert "one call at a time" in out
    waits.kill()
    finish(waits)


FORKED = """
child = os.fork()
if child == 0:
    try:
        ranks.barrier()
    except septet.UsageError as error:
        print(error, flush=True)
    sys.exit(0)
print(os.waitpid(child, 0)[1], flush=True)
ranks.barrier()
print(ranks.all_reduce(np.ones(1))[0])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_is_refused_and_takes_nothing_down():
    forked, other = start_group(FORKED, "ranks.barrier(); ranks.all_reduce(np.ones(1))")
    status, out, err = finish(forked)
    assert status == 0, err
    refused, child, total = out.splitlines()
    assert "belongs to the process that forked" in refused
    assert (child, total) == ("0", "2.0")
    assert finish(other)[0] == 0
