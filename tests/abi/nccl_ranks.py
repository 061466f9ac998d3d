# SPDX-License-Identifier: Apache-2.0
"""Ranks of libnccl.so.2 as processes."""

import multiprocessing

import numpy as np
import pytest

import nccl
from nccl import call

FLOAT = nccl.TYPES["float32"]
SPAWN = multiprocessing.get_context("spawn")


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
