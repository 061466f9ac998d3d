# SPDX-License-Identifier: Apache-2.0
"""The life of libnccl.so.2's communicators, with ranks as threads: nonblocking ones, children, and
every way to end."""

import ctypes
import threading
import time

import numpy as np
import pytest

import nccl
from nccl import call, in_threads, query

FLOAT = nccl.TYPES["float32"]
NO_COLOR = -1
SHRINK_ABORT = 1


def sum_of(comm, value):
    """The sum of what each rank gives."""
    recv = np.full(1, -1, np.float32)
    call("AllReduce", np.full(1, value, np.float32), recv, 1, FLOAT, nccl.SUM, comm, None)
    return recv[0]


def refusal(name, *arguments):
    """The error that nccl<name>(*arguments) gives."""
    with pytest.raises(nccl.NcclError) as refused:
        call(name, *arguments)
    return refused.value


def wait_ready(comm):
    """Polls as XGBoost does, every 20 ms; the state after."""
    end = time.monotonic() + nccl.PATIENCE
    while (state := nccl.async_error(comm)) == nccl.IN_PROGRESS:
        assert time.monotonic() < end, "in progress for ever"
        time.sleep(0.02)
    return state


def child_of(comm, color, key, config=None):
    """ncclCommSplit's."""
    child = ctypes.c_void_p(1)
    given = None if config is None else ctypes.byref(config)
    call("CommSplit", comm, color, key, ctypes.byref(child), given)
    return child


def test_nonblocking_communicator_is_used_as_xgboost_does():
    made = nccl.unique_id()

    def run(rank):
        comm = nccl.init_rank(2, made, rank, nccl.Config(blocking=0))
        assert comm.value is not None
        assert wait_ready(comm) == nccl.SUCCESS
        total = sum_of(comm, rank + 1)
        assert wait_ready(comm) == nccl.SUCCESS
        call("CommFinalize", comm)
        assert wait_ready(comm) == nccl.SUCCESS
        call("CommDestroy", comm)
        return total

    assert nccl.Threads(2, run).join() == [3, 3]


def test_only_questions_and_ends_are_legal_while_init_is_in_progress():
    made = nccl.unique_id()
    comm = nccl.init_rank(2, made, 0, nccl.Config(blocking=0))  # Nobody else will come.
    assert nccl.async_error(comm) == nccl.IN_PROGRESS
    early = refusal("CommCount", comm, ctypes.byref(ctypes.c_int()))
    assert early.result == nccl.INVALID_ARGUMENT and "in progress" in early.text
    child, excluded = ctypes.c_void_p(), (ctypes.c_int * 1)(1)
    for name, arguments in (("CommRevoke", (0,)), ("CommFinalize", ()),
                            ("CommSplit", (0, 0, ctypes.byref(child), None)),
                            ("CommShrink", (excluded, 1, ctypes.byref(child), None, SHRINK_ABORT)),
                            ("CommGetUniqueId", (ctypes.byref(nccl.UniqueId()),))):
        assert refusal(name, comm, *arguments).result == nccl.INVALID_ARGUMENT, name
    assert call("CommAbort", comm) == nccl.SUCCESS
    assert refusal("CommAbort", comm).result == nccl.INVALID_ARGUMENT


def test_nonblocking_split_hands_out_its_child_when_it_is_done():
    def body(comm, rank):
        wait_ready(comm)
        child = child_of(comm, 0, -rank)
        assert wait_ready(comm) == nccl.SUCCESS
        assert child.value is not None and wait_ready(child) == nccl.SUCCESS
        answer = query("CommUserRank", child)
        call("CommDestroy", child)
        return answer

    assert in_threads(3, body, nccl.Config(blocking=0)) == [2, 1, 0]


def test_split_orders_by_key_and_leaves_out_who_has_no_color():
    def body(comm, rank):
        child = child_of(comm, NO_COLOR if rank == 3 else rank % 2, 10 - rank)
        if rank == 3:
            return child.value
        answer = query("CommUserRank", child), query("CommCount", child), sum_of(child, rank)
        call("CommDestroy", child)
        return answer

    assert in_threads(4, body) == [(1, 2, 2), (0, 1, 1), (0, 2, 2), None]


def test_child_outlives_its_parent():
    made = nccl.unique_id()

    def run(rank):
        comm = nccl.init_rank(2, made, rank)
        child = child_of(comm, 0, 0)
        call("CommAbort" if rank == 0 else "CommDestroy", comm)
        total = sum_of(child, 1)
        call("CommDestroy", child)
        return total

    assert nccl.Threads(2, run).join() == [2, 2]


def test_splits_of_two_parents_in_different_orders_in_one_group():
    made = [nccl.unique_id(), nccl.unique_id()]

    def run(rank):
        comms = [nccl.init_rank(2, each, rank) for each in made]
        children = [ctypes.c_void_p(), ctypes.c_void_p()]
        with nccl.group():
            for i in [0, 1] if rank == 0 else [1, 0]:
                call("CommSplit", comms[i], 0, rank, ctypes.byref(children[i]), None)
        total = [sum_of(child, 1) for child in children]
        for comm in comms + children:
            call("CommDestroy", comm)
        return total

    assert nccl.Threads(2, run).join() == [[2, 2], [2, 2]]


def test_init_all_makes_one_rank_a_device():
    comms = (ctypes.c_void_p * 3)()
    call("CommInitAll", comms, 3, (ctypes.c_int * 3)(4, 2, 0))
    handles = [ctypes.c_void_p(each) for each in comms]
    assert [query("CommCuDevice", each) for each in handles] == [4, 2, 0]
    received = [np.zeros(1, np.float32) for _ in handles]
    with nccl.group():
        for rank, comm in enumerate(handles):
            send = np.full(1, rank, np.float32)
            call("AllReduce", send, received[rank], 1, FLOAT, nccl.SUM, comm, None)
    assert [each[0] for each in received] == [3, 3, 3]
    for comm in handles:
        call("CommDestroy", comm)


def test_scalable_init_takes_several_ids():
    ids = (nccl.UniqueId * 2)(nccl.unique_id(), nccl.unique_id())

    def run(rank):
        comm = ctypes.c_void_p()
        call("CommInitRankScalable", ctypes.byref(comm), 2, rank, 2, ids, None)
        total = sum_of(comm, 1)
        call("CommDestroy", comm)
        return total

    assert nccl.Threads(2, run).join() == [2, 2]


@pytest.mark.parametrize("handle", [None, 1, 0x7fff0000])
def test_what_is_no_handle_is_an_invalid_argument(handle):
    unknown = refusal("CommCount", handle, ctypes.byref(ctypes.c_int()))
    assert unknown.result == nccl.INVALID_ARGUMENT
    wrong = refusal("AllReduce", None, None, 0, FLOAT, nccl.SUM, handle, None)
    assert wrong.result == nccl.INVALID_ARGUMENT and "ncclAllReduce" in wrong.text


def test_ends_of_none_succeed_and_of_what_is_gone_do_not():
    for name in ("CommDestroy", "CommAbort", "CommFinalize"):
        call(name, None)
    call("CommRevoke", None, 0)
    comm = nccl.init_rank(1, nccl.unique_id(), 0)
    call("CommDestroy", comm)
    for name in ("CommDestroy", "CommAbort", "CommFinalize"):
        assert refusal(name, comm).result == nccl.INVALID_ARGUMENT


def test_finalized_communicator_does_nothing_more():
    comm = nccl.init_rank(1, nccl.unique_id(), 0)
    call("CommFinalize", comm)
    assert refusal("CommFinalize", comm).result == nccl.INVALID_ARGUMENT
    with pytest.raises(nccl.NcclError) as refused:
        sum_of(comm, 1)
    assert refused.value.result == nccl.INVALID_USAGE
    call("CommDestroy", comm)


def test_destroy_waits_for_nobody():
    made = nccl.unique_id()
    first_gone = threading.Event()

    def run(rank):
        comm = nccl.init_rank(2, made, rank)
        assert rank == 0 or first_gone.wait(nccl.PATIENCE)
        call("CommDestroy", comm)
        first_gone.set()

    nccl.Threads(2, run).join()


def test_abort_ends_a_call_that_waits_on_every_rank():
    made = nccl.unique_id()
    comms = [None, None]
    buffers = np.zeros(3, np.float32)

    def run(rank):
        comms[rank] = nccl.init_rank(2, made, rank)
        if rank == 0:
            with pytest.raises(nccl.NcclError) as ended, nccl.group():
                call("Send", buffers, 1, FLOAT, 1, comms[0], None)
                call("Recv", buffers[1:], 1, FLOAT, 1, comms[0], None)  # It never comes.
            return ended.value.result
        call("Recv", buffers[2:], 1, FLOAT, 0, comms[1], None)
        call("CommAbort", comms[0])  # From another thread than the one that waits.
        assert nccl.async_error(comms[1]) == nccl.SUCCESS  # What this one called has ended well.
        late = refusal("Recv", buffers[2:], 1, FLOAT, 0, comms[1], None)
        assert nccl.async_error(comms[1]) == late.result
        call("CommAbort", comms[1])
        return late.result

    assert nccl.Threads(2, run).join() == [nccl.REMOTE_ERROR, nccl.REMOTE_ERROR]


def test_abort_ends_a_blocking_init_that_waits():
    comm = ctypes.c_void_p()

    def run(_):
        return refusal("CommInitRank", ctypes.byref(comm), 2, nccl.unique_id(), 0).result

    other = nccl.Threads(1, run)
    end = time.monotonic() + nccl.PATIENCE
    while comm.value is None and time.monotonic() < end:
        time.sleep(0.01)
    call("CommAbort", ctypes.c_void_p(comm.value))
    assert other.join() == [nccl.REMOTE_ERROR]
    assert comm.value is None


def test_mismatch_names_both_calls_and_is_kept():
    made = nccl.unique_id()

    def run(rank):
        comm = nccl.init_rank(2, made, rank)
        buffer = np.zeros(8, np.float32)
        wrong = refusal("AllReduce", buffer, buffer, 4 + rank, FLOAT, nccl.SUM, comm, None)
        assert "4 float32" in wrong.text and "5 float32" in wrong.text
        assert nccl.async_error(comm) == wrong.result
        with pytest.raises(nccl.NcclError) as kept:
            sum_of(comm, 1)
        assert kept.value.result == wrong.result
        call("CommAbort", comm)
        return wrong.result

    assert nccl.Threads(2, run).join() == [nccl.REMOTE_ERROR] * 2


def test_revoked_communicator_still_has_children():
    def body(comm, rank):
        call("CommRevoke", comm, 0)
        assert refusal("CommRevoke", comm, 0).result == nccl.INVALID_ARGUMENT
        assert refusal("CommFinalize", comm).result == nccl.INVALID_ARGUMENT
        with pytest.raises(nccl.NcclError) as refused:
            sum_of(comm, 1)
        assert refused.value.result == nccl.INVALID_USAGE
        assert nccl.async_error(comm) == nccl.SUCCESS
        child, smaller = child_of(comm, 0, -rank), ctypes.c_void_p()
        total = sum_of(child, 1)
        if rank != 1:
            call("CommShrink", comm, (ctypes.c_int * 1)(1), 1, ctypes.byref(smaller), None, 0)
            total += 10 * sum_of(smaller, 1)
            call("CommDestroy", smaller)
        call("CommDestroy", child)
        return total

    assert in_threads(3, body) == [23, 3, 23]


def test_revoke_takes_no_flags():
    comm = nccl.init_rank(1, nccl.unique_id(), 0)
    assert refusal("CommRevoke", comm, 1).result == nccl.INVALID_ARGUMENT
    call("CommDestroy", comm)


def test_shrink_needs_others_to_exclude():
    comm, child = nccl.init_rank(1, nccl.unique_id(), 0), ctypes.c_void_p()
    for count in (0, 1):
        wrong = refusal("CommShrink", comm, (ctypes.c_int * 1)(0), count, ctypes.byref(child), None,
                        SHRINK_ABORT)
        assert wrong.result == nccl.INVALID_ARGUMENT
    call("CommDestroy", comm)


def test_communicator_grows_by_new_ranks():
    made, grown = nccl.unique_id(), nccl.UniqueId()
    has_id = threading.Event()

    def run(rank):
        bigger = ctypes.c_void_p()
        if rank < 2:
            comm = nccl.init_rank(2, made, rank)
            if rank == 0:
                call("CommGetUniqueId", comm, ctypes.byref(grown))
                has_id.set()
            call("CommGrow", comm, 3, None, -1, ctypes.byref(bigger), None)
            call("CommDestroy", comm)
        else:
            assert has_id.wait(nccl.PATIENCE)
            call("CommGrow", None, 3, ctypes.byref(grown), 2, ctypes.byref(bigger), None)
        answer = query("CommUserRank", bigger), sum_of(bigger, 1)
        call("CommDestroy", bigger)
        return answer

    assert nccl.Threads(3, run).join() == [(0, 3), (1, 3), (2, 3)]


def test_user_reduction_scales_by_each_ranks_own_factor():
    def body(comm, rank):
        op = make_reduction(comm, 0.5 if rank == 0 else 2)
        recv = np.zeros(1, np.float32)
        with nccl.group():
            call("AllReduce", np.full(1, 3, np.float32), recv, 1, FLOAT, op, comm, None)
            call("RedOpDestroy", op, comm)  # Right after the call, before the group's end.
        assert recv[0] == 7.5
        return True

    assert all(in_threads(2, body))


def make_reduction(comm, factor, residence=nccl.IMMEDIATE):
    """A handle of ncclRedOpCreatePreMulSum, whose factor is overwritten right after."""
    op, place = ctypes.c_int(), np.full(1, factor, np.float32)
    call("RedOpCreatePreMulSum", ctypes.byref(op), place, FLOAT, residence, comm)
    if residence == nccl.IMMEDIATE:
        place[0] = np.nan
    return op.value


def test_user_reductions_are_of_one_communicator_and_one_type():
    comms = [nccl.init_rank(1, nccl.unique_id(), 0) for _ in range(2)]
    op = make_reduction(comms[0], 2)
    data = np.ones(1, np.float64)
    foreign = refusal("AllReduce", data, data, 1, FLOAT, op, comms[1], None)
    assert foreign.result == nccl.INVALID_ARGUMENT
    other = refusal("AllReduce", data, data, 1, nccl.TYPES["float64"], op, comms[0], None)
    assert other.result == nccl.INVALID_ARGUMENT and "float32" in other.text
    assert refusal("RedOpDestroy", nccl.AVG, comms[0]).result == nccl.INVALID_ARGUMENT
    call("RedOpDestroy", op, comms[0])
    assert refusal("RedOpDestroy", op, comms[0]).result == nccl.INVALID_ARGUMENT
    for comm in comms:
        call("CommDestroy", comm)


def test_factor_in_device_memory_is_read_when_the_work_runs():
    comm = nccl.init_rank(1, nccl.unique_id(), 0)
    op, factor = ctypes.c_int(), np.full(1, 2, np.float32)
    call("RedOpCreatePreMulSum", ctypes.byref(op), factor, FLOAT, nccl.FROM_DEVICE, comm)
    factor[0] = 5
    recv = np.zeros(1, np.float32)
    call("AllReduce", np.full(1, 3, np.float32), recv, 1, FLOAT, op.value, comm, None)
    assert recv[0] == 15
    call("CommDestroy", comm)
