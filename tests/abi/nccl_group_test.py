# SPDX-License-Identifier: Apache-2.0
"""Groups of libnccl.so.2: nested, poisoned, of several communicators, of sends and receives."""

import ctypes
import threading

import numpy as np
import pytest

import nccl
from nccl import call, group, in_threads

FLOAT = nccl.TYPES["float32"]


def ones(value, count=1):
    return np.full(count, value, np.float32)


def sum_of(comm, value):
    """The sum of what each rank gives."""
    recv = ones(-1)
    call("AllReduce", ones(value), recv, 1, FLOAT, nccl.SUM, comm, None)
    return recv[0]


def test_end_without_start_is_invalid_usage():
    with pytest.raises(nccl.NcclError) as refused:
        call("GroupEnd")
    assert refused.value.result == nccl.INVALID_USAGE
    assert "ncclGroupStart" in refused.value.text


def test_empty_group_is_well():
    with group(), group():
        pass


def test_collectives_of_a_nested_group_run_at_the_outermost_end():
    def body(comm, rank):
        send, recv = ones(rank), [ones(-1), ones(-1)]
        with group():
            with group():
                call("AllReduce", send, recv[0], 1, FLOAT, nccl.SUM, comm, None)
            assert recv[0][0] == -1
            call("AllReduce", send, recv[1], 1, FLOAT, nccl.MAX, comm, None)
        return recv[0][0], recv[1][0]

    assert in_threads(3, body) == [(3, 2)] * 3


def test_failed_call_poisons_its_group_and_nothing_of_it_is_done():
    def body(comm, rank):
        recv = ones(-1)
        call("GroupStart")
        call("AllReduce", ones(rank), recv, 1, FLOAT, nccl.SUM, comm, None)
        with pytest.raises(nccl.NcclError) as refused:
            call("Broadcast", recv, recv, 1, FLOAT, 9, comm, None)
        assert refused.value.result == nccl.INVALID_ARGUMENT
        assert "ncclBroadcast on rank" in refused.value.text and "root 9" in refused.value.text
        with pytest.raises(nccl.NcclError) as refused:
            call("GroupEnd")
        assert refused.value.result == nccl.INVALID_ARGUMENT
        assert "nothing of this group was done" in refused.value.text
        assert recv[0] == -1
        return sum_of(comm, 1)  # The next one is a new one.

    assert in_threads(2, body) == [2, 2]


def test_ring_of_sends_and_receives_in_any_order():
    def body(comm, rank):
        recv = ones(-1)
        with group():
            call("Send", ones(rank), 1, FLOAT, (rank + 1) % 4, comm, None)
            call("Recv", recv, 1, FLOAT, (rank + 3) % 4, comm, None)
        return recv[0]

    assert in_threads(4, body) == [3, 0, 1, 2]


def test_sends_to_one_peer_are_matched_in_order():
    def body(comm, rank):
        received = [ones(-1), ones(-1)]
        with group():
            for i in range(2):
                call("Send", ones(10 * rank + i), 1, FLOAT, 1 - rank, comm, None)
            for i in range(2):
                call("Recv", received[i], 1, FLOAT, 1 - rank, comm, None)
        return [int(each[0]) for each in received]

    assert in_threads(2, body) == [[10, 11], [0, 1]]


def test_message_to_oneself_needs_both_halves_in_one_group():
    def body(comm, rank):
        recv = ones(-1)
        with group():
            call("Send", ones(rank + 5), 1, FLOAT, rank, comm, None)
            call("Recv", recv, 1, FLOAT, rank, comm, None)
        with pytest.raises(nccl.NcclError) as refused:
            call("Send", ones(rank), 1, FLOAT, rank, comm, None)
        assert refused.value.result == nccl.INVALID_USAGE
        return recv[0]

    assert in_threads(2, body) == [5, 6]
    assert in_threads(1, body) == [5]


def test_messages_of_no_elements_are_matched_and_collectives_of_none_are_dropped():
    def body(comm, rank):
        if rank == 0:
            call("AllReduce", None, None, 0, FLOAT, nccl.SUM, comm, None)  # Alone, and returns.
            call("Send", None, 0, FLOAT, 1, comm, None)
        else:
            call("Recv", None, 0, FLOAT, 0, comm, None)
        return sum_of(comm, 1)

    assert in_threads(2, body) == [2, 2]


def test_several_communicators_in_different_orders_progress_together():
    ids = [nccl.unique_id(), nccl.unique_id()]

    def run(rank):
        order = [0, 1] if rank == 0 else [1, 0]
        comms = [ctypes.c_void_p(), ctypes.c_void_p()]
        with group():
            for i in order:
                call("CommInitRank", ctypes.byref(comms[i]), 2, ids[i], rank)
        received = [ones(-1, 100_000), ones(-1, 100_000)]
        with group():
            for i in order:
                call("AllReduce", ones(rank + i, 100_000), received[i], 100_000, FLOAT, nccl.SUM,
                     comms[i], ctypes.c_void_p(i + 1))
        with group():
            for comm in comms:
                call("CommDestroy", comm)
        return [float(each[0]) for each in received]

    assert nccl.Threads(2, run).join() == [[1, 3], [1, 3]]


def test_two_thousand_broadcasts_fit_in_one_group():
    def body(comm, rank):
        buffers = [ones(i if i % 2 == rank else -1) for i in range(2048)]
        with group():
            for i, buffer in enumerate(buffers):
                call("Broadcast", buffer, buffer, 1, FLOAT, i % 2, comm, None)
        return all(buffer[0] == i for i, buffer in enumerate(buffers))

    assert in_threads(2, body) == [True, True]


def test_communicator_may_be_destroyed_in_the_group_that_uses_it():
    made = nccl.unique_id()

    def run(rank):
        comm, recv = nccl.init_rank(2, made, rank), ones(-1)
        with group():
            call("AllReduce", ones(rank), recv, 1, FLOAT, nccl.SUM, comm, None)
            call("CommDestroy", comm)
        return recv[0]

    assert nccl.Threads(2, run).join() == [1, 1]


def test_groups_are_of_one_thread():
    def body(comm, rank):
        with group():
            other = threading.Thread(target=lambda: answers.append(sum_of(comm, rank)))
            answers = []
            other.start()
            other.join(nccl.PATIENCE)
            return answers

    assert in_threads(2, body) == [[1], [1]]


def test_blocking_and_nonblocking_communicators_do_not_mix():
    made = [nccl.unique_id(), nccl.unique_id()]
    comms = [ctypes.c_void_p(), ctypes.c_void_p()]
    call("GroupStart")
    for i in range(2):
        call("CommInitRankConfig", ctypes.byref(comms[i]), 1, made[i], 0,
             ctypes.byref(nccl.Config(blocking=i)))
    with pytest.raises(nccl.NcclError) as refused:
        call("GroupEnd")
    assert refused.value.result == nccl.INVALID_ARGUMENT
    assert [comm.value for comm in comms] == [None, None]


def test_simulated_end_tells_a_time_and_does_nothing():
    def body(comm, _):
        recv, info = ones(-1), nccl.SimInfo()
        call("GroupStart")
        call("AllReduce", ones(1), recv, 1, FLOAT, nccl.SUM, comm, None)
        call("GroupSimulateEnd", ctypes.byref(info))
        assert recv[0] == -1 and info.microseconds > 0
        return sum_of(comm, 1)

    assert in_threads(2, body) == [2, 2]


def test_init_of_a_poisoned_group_is_taken_back():
    comm = ctypes.c_void_p()
    call("GroupStart")
    call("CommInitRank", ctypes.byref(comm), 2, nccl.unique_id(), 0)
    assert comm.value is not None
    with pytest.raises(nccl.NcclError):
        call("CommInitRank", ctypes.byref(comm), 0, nccl.unique_id(), 0)
    with pytest.raises(nccl.NcclError):
        call("GroupEnd")
    assert comm.value is None
