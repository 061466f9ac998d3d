# SPDX-License-Identifier: Apache-2.0
"""libnccl.so.2 with a process a rank: death, shrinking, forks, limits, and what is left behind."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import nccl
from nccl import call

FLOAT = nccl.TYPES["float32"]
SPAWN = multiprocessing.get_context("spawn")
SECOND = 5  # What takes about one, on a busy machine.


def sum_of(comm, value):
    """The sum of what each rank gives."""
    recv = np.full(1, -1, np.float32)
    call("AllReduce", np.full(1, value, np.float32), recv, 1, FLOAT, nccl.SUM, comm, None)
    return float(recv[0])


def process(body, rank, ranks, made, answers):
    """One rank: tells what `body(comm, rank)` answers."""
    comm = nccl.init_rank(ranks, nccl.UniqueId.from_buffer_copy(made), rank)
    answers.put((rank, body(comm, rank)))
    call("CommDestroy", comm)


class Processes:
    """Ranks of one communicator, each in a process of its own."""

    def __init__(self, ranks, body):
        made = bytes(nccl.unique_id())
        self.answers = SPAWN.Queue()
        self.ranks = [SPAWN.Process(target=process, args=(body, rank, ranks, made, self.answers),
                                    daemon=True) for rank in range(ranks)]
        for each in self.ranks:
            each.start()

    def answer(self, count):
        """By rank, what `count` of them answer."""
        return dict(self.answers.get(timeout=nccl.PATIENCE) for _ in range(count))

    def end(self):
        for each in self.ranks:
            each.kill()
            each.join(nccl.PATIENCE)


@pytest.fixture(name="run")
def processes():
    """Starts ranks that are ended with the test."""
    started = []

    def start(ranks, body):
        started.append(Processes(ranks, body))
        return started[-1]

    yield start
    for each in started:
        each.end()


def reduce_thrice(comm, rank):
    return [sum_of(comm, rank) for _ in range(3)]


@pytest.mark.parametrize("ranks", [2, 8])
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


def held():
    """How many descriptors and threads this process has."""
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))


def make_and_destroy(comm, _):
    """Splits a thousand times."""
    def once():
        child = ctypes.c_void_p()
        call("CommSplit", comm, 0, 0, ctypes.byref(child), None)
        call("CommDestroy", child)

    once()
    before = held()
    for _ in range(1000):
        once()
    return before, held()


def test_thousand_communicators_leave_nothing_behind(run):
    for before, after in run(2, make_and_destroy).answer(2).values():
        assert before == after


def make_nonblocking(_, __):
    """Makes communicators on threads of their own, and aborts half of them before that."""
    def once(abort):
        comm = nccl.init_rank(1 if not abort else 2, nccl.unique_id(), 0, nccl.Config(blocking=0))
        while not abort and nccl.async_error(comm) == nccl.IN_PROGRESS:
            time.sleep(0.001)
        call("CommAbort" if abort else "CommDestroy", comm)

    once(False)
    before = held()
    for i in range(30):
        once(i % 2 == 0)
    return before, held()


def test_nonblocking_communicators_leave_no_threads_behind(run):
    before, after = run(1, make_nonblocking).answer(1)[0]
    assert before == after


def stay_silent(comm, rank):
    """Questions of a watchdog beside a collective that waits."""
    watchdog = Watchdog(comm)
    time.sleep(0.3 * rank)
    sum_of(comm, rank)
    watchdog.end()
    return set(watchdog.asked)


def test_watchdog_asks_beside_a_call_that_waits(run):
    assert all(asked == {nccl.SUCCESS} for asked in run(2, stay_silent).answer(2).values())
