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
