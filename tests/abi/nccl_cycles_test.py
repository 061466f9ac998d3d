# SPDX-License-Identifier: Apache-2.0
"""What many communicators of libnccl.so.2 leave behind: nothing."""

import ctypes
import os
import time

import nccl
from nccl import call
from nccl_ranks import processes, sum_of  # pylint: disable=unused-import


def reduce_once(comm, rank):
    return sum_of(comm, rank)


def test_eight_ranks_are_processes(run):
    assert run(8, reduce_once).answer(8) == dict.fromkeys(range(8), 28.0)


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
