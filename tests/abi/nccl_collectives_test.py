# SPDX-License-Identifier: Apache-2.0
"""Collectives of libnccl.so.2, with ranks as threads: every one, every type, every reduction."""

import numpy as np
import pytest

import nccl
from nccl import call, in_threads

COUNT = 37  # Odd: edges of vectors.
NUMPY = [np.sum, np.prod, np.max, np.min]
# What small numbers are as bits of the types that NumPy does not know.
BITS = {nccl.BFLOAT16: (np.uint16, {1: 0x3f80, 1.5: 0x3fc0, 2: 0x4000, 3: 0x4040, 4: 0x4080}),
        nccl.E4M3: (np.uint8, {1: 0x38, 1.5: 0x3c, 2: 0x40, 3: 0x44, 4: 0x48}),
        nccl.E5M2: (np.uint8, {1: 0x3c, 1.5: 0x3e, 2: 0x40, 3: 0x42, 4: 0x44})}


def data(rank, count, kind):
    """Small numbers, others on each rank and element."""
    return (np.arange(count) * 7 + rank * 3).astype(kind) % np.dtype(kind).type(5)


def reduced(op, parts):
    """What ranks with `parts` get."""
    parts = np.array(parts)
    if op != nccl.AVG:
        return NUMPY[op](parts, axis=0).astype(parts.dtype)
    total = np.sum(parts, axis=0, dtype=parts.dtype)
    if parts.dtype.kind in "iu":
        return (total // parts.dtype.type(len(parts))).astype(parts.dtype)
    return (total / len(parts)).astype(parts.dtype)


@pytest.mark.parametrize("ranks", [1, 2, 3, 8])
def test_all_reduce_of_every_type_and_reduction(ranks):
    def body(comm, rank):
        for kind, number in nccl.TYPES.items():
            for op in range(5):
                send = data(rank, COUNT, kind)
                recv = np.zeros_like(send)
                call("AllReduce", send, recv, COUNT, number, op, comm, None)
                expected = reduced(op, [data(each, COUNT, kind) for each in range(ranks)])
                np.testing.assert_allclose(recv, expected, rtol=1e-3, err_msg=f"{kind} {op}")

    in_threads(ranks, body)


@pytest.mark.parametrize("number", BITS)
def test_floats_that_numpy_does_not_know_are_reduced_as_numbers(number):
    kind, bits = BITS[number]

    def body(comm, rank):
        send = np.array([bits[1 + rank]], kind)
        recv = np.zeros_like(send)
        for op, expected in enumerate([3, 2, 2, 1, 1.5]):
            call("AllReduce", send, recv, 1, number, op, comm, None)
            assert recv[0] == bits[expected], op

    in_threads(2, body)


def numbers(rank, parts=1):
    """`parts` parts of COUNT numbers, which say whose they are."""
    return (np.arange(parts * COUNT) + 1000 * rank).astype(np.int32)


INT = nccl.TYPES["int32"]


@pytest.mark.parametrize("ranks", [1, 2, 5])
def test_moves_of_bytes(ranks):
    def body(comm, rank):
        mine, everybody = numbers(rank), np.concatenate([numbers(each) for each in range(ranks)])
        every, one = np.zeros(ranks * COUNT, np.int32), np.zeros(COUNT, np.int32)
        call("AllGather", mine, every, COUNT, INT, comm, None)
        assert (every == everybody).all()
        for root in range(ranks):
            call("Broadcast", mine if rank == root else None, one, COUNT, INT, root, comm, None)
            assert (one == numbers(root)).all()
            one[:] = mine
            call("Bcast", one, COUNT, INT, root, comm, None)
            assert (one == numbers(root)).all()
            every[:] = 0
            call("Gather", mine, every if rank == root else None, COUNT, INT, root, comm, None)
            assert rank != root or (every == everybody).all()
            call("Scatter", everybody if rank == root else None, one, COUNT, INT, root, comm, None)
            assert (one == mine).all()
        call("AlltoAll", numbers(rank, ranks), every, COUNT, INT, comm, None)
        part = slice(rank * COUNT, (rank + 1) * COUNT)
        expected = [numbers(each, ranks)[part] for each in range(ranks)]
        assert (every == np.concatenate(expected)).all()

    in_threads(ranks, body)


@pytest.mark.parametrize("ranks", [1, 2, 5])
def test_sums_for_one_rank_or_a_part_for_each(ranks):
    def body(comm, rank):
        total = sum(numbers(each, ranks) for each in range(ranks))
        part = slice(rank * COUNT, (rank + 1) * COUNT)
        one, every = np.zeros(COUNT, np.int32), np.zeros(ranks * COUNT, np.int32)
        call("ReduceScatter", numbers(rank, ranks), one, COUNT, INT, nccl.SUM, comm, None)
        assert (one == total[part]).all()
        for root in range(ranks):
            mine, recv = numbers(rank, ranks), every if rank == root else None
            call("Reduce", mine, recv, len(mine), INT, nccl.SUM, root, comm, None)
            assert rank != root or (every == total).all()

    in_threads(ranks, body)


@pytest.mark.parametrize("ranks", [1, 3])
def test_in_place_forms(ranks):
    def body(comm, rank):
        everybody = np.concatenate([numbers(each) for each in range(ranks)])
        total = sum(numbers(each, ranks) for each in range(ranks))
        part = slice(rank * COUNT, (rank + 1) * COUNT)
        every = numbers(rank, ranks)
        call("AllReduce", every, every, len(every), INT, nccl.SUM, comm, None)
        assert (every == total).all()
        every = numbers(rank, ranks)
        call("ReduceScatter", every, every[part], COUNT, INT, nccl.SUM, comm, None)
        assert (every[part] == total[part]).all()
        for name, where in (("AllGather", []), ("Gather", [ranks - 1])):
            every = np.zeros(ranks * COUNT, np.int32)
            every[part] = numbers(rank)
            call(name, every[part], every, COUNT, INT, *where, comm, None)
            assert (name == "Gather" and rank != ranks - 1) or (every == everybody).all()
        every = everybody.copy()
        call("Scatter", every, every[part], COUNT, INT, 0, comm, None)
        assert (every[part] == numbers(rank)).all()

    in_threads(ranks, body)


@pytest.mark.parametrize("name, arguments, words", [
    ("AllReduce", (1, 2, 4, 12, nccl.SUM), "data type 12"),
    ("AllReduce", (1, 2, 4, -1, nccl.SUM), "data type -1"),
    ("AllReduce", (1, 2, 4, INT, 5), "reduction 5"),
    ("AllReduce", (1, 2, 4, INT, -1), "reduction -1"),
    ("AllReduce", (None, 2, 4, INT, nccl.SUM), "null"),
    ("Reduce", (1, 2, 4, INT, nccl.SUM, 1), "root 1"),
    ("Broadcast", (1, 2, 4, INT, -1), "root -1"),
    ("Gather", (1, None, 4, INT, 0), "null"),
    ("Scatter", (1, 2, 4, INT, 1), "root 1"),
    ("AlltoAll", (None, 2, 4, INT), "null"),
    ("Send", (1, 4, INT, 1), "rank 1"),
    ("Recv", (None, 4, INT, 0), "null"),
])
def test_wrong_arguments_are_told_by_entry_rank_and_value(name, arguments, words):
    comm = nccl.init_rank(1, nccl.unique_id(), 0)
    with pytest.raises(nccl.NcclError) as refused:
        call(name, *arguments, comm, None)
    assert refused.value.result == nccl.INVALID_ARGUMENT
    assert refused.value.text.startswith(f"nccl{name} on rank 0 of 1: ")
    assert words in refused.value.text
    assert nccl.async_error(comm) == nccl.SUCCESS  # It is well.
    call("CommDestroy", comm)
