# SPDX-License-Identifier: Apache-2.0
"""libnccl.so.2 with a process a rank: death, shrinking, forks and limits."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import nccl
from nccl import call
from nccl_ranks import processes, sum_of  # pylint: disable=unused-import

SECOND = 5  # What takes about one, on a busy machine.


def reduce_thrice(comm, rank):
    return [sum_of(comm, rank) for _ in range(3)]


@pytest.mark.parametrize("ranks", [2, 4])
def test_ranks_are_processes(run, ranks):
    total = float(sum(range(ranks)))
    assert run(ranks, reduce_thrice).answer(ranks) == {rank: [total] * 3 for rank in range(ranks)}


class Watchdog(threading.Thread):
    """Asks for errors all the time, as PyTorch does, beside what the rank is at."""

    def __init__(self, comm):
        super().__init__(daemon=True)
        self.comm = comm
        self.asked = []
        self.enough = threading.Event()
        self.start()

    def run(self):
        while not self.enough.is_set():
            self.asked.append(nccl.async_error(self.comm))
            time.sleep(0.001)

    def end(self):
        """The last answer."""
        self.enough.set()
        self.join()
        return nccl.async_error(self.comm)


def die_or_tell(comm, rank):
    """Rank 1 dies; the others say what they are told, how soon, and go on without it."""
    sum_of(comm, rank)
    if rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    watchdog = Watchdog(comm)
    start = time.monotonic()
    with pytest.raises(nccl.NcclError):
        sum_of(comm, rank)
    waited, text, state = time.monotonic() - start, nccl.last_error(), watchdog.end()
    smaller = ctypes.c_void_p()
    call("CommShrink", comm, (ctypes.c_int * 1)(1), 1, ctypes.byref(smaller), None, 1)
    return state, waited, text, sum_of(smaller, rank)


def test_death_of_a_rank_is_told_with_its_name_and_the_others_go_on(run):
    ranks = run(3, die_or_tell)
    dead = ranks.ranks[1].pid
    for state, waited, text, total in ranks.answer(2).values():
        assert state == nccl.REMOTE_ERROR
        assert waited < SECOND
        assert "rank 1" in text and str(dead) in text
        assert total == 2


def ask_in_child(comm, _):
    """What a forked child is told of the communicator of its parent."""
    answers, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            call("CommCount", comm, ctypes.byref(ctypes.c_int()))
        except nccl.NcclError as error:
            os.write(told, f"{error.result} {error.text}".encode())
        os._exit(0)  # Without the destructors of the parent's objects.
    os.waitpid(child, 0)
    return os.read(answers, 1000).decode(), sum_of(comm, 1)


def test_forked_child_is_refused_and_disturbs_nobody(run):
    for text, total in run(2, ask_in_child).answer(2).values():
        assert text.startswith(f"{nccl.INVALID_USAGE} ") and "fork" in text
        assert total == 2


def test_missing_rank_is_named_when_the_limit_is_over():
    code = ("import nccl, ctypes\n"
            "comm = ctypes.c_void_p()\n"
            "try: nccl.call('CommInitRank', ctypes.byref(comm), 3, nccl.unique_id(), 1)\n"
            "except nccl.NcclError as error: print(error.result, error.text)\n"
            "print(comm.value)\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env=os.environ | {"SEPTET_MEETING_LIMIT_S": "1"}, timeout=nccl.PATIENCE,
                          cwd=os.path.dirname(__file__))
    assert done.stdout.startswith(f"{nccl.REMOTE_ERROR} ")
    assert "0" in done.stdout and "2" in done.stdout and done.stdout.endswith("None\n")
    assert done.stderr == ""


def stay_silent(comm, rank):
    """Questions of a watchdog beside a collective that waits."""
    watchdog = Watchdog(comm)
    time.sleep(0.3 * rank)
    sum_of(comm, rank)
    watchdog.end()
    return set(watchdog.asked)


def test_watchdog_asks_beside_a_call_that_waits(run):
    assert all(asked == {nccl.SUCCESS} for asked in run(2, stay_silent).answer(2).values())
