# SPDX-License-Identifier: Apache-2.0
"""The spelling of mpi4py, over septet: ``from septet import MPI`` instead of ``from mpi4py``.

Upper-case methods take arrays, lower-case ones any Python object that can be pickled. COMM_WORLD
meets the other ranks when it is first used; without launcher it has one rank, as in MPI. Between
the ranks of one host only. Not there: tags, ANY_SOURCE, datatypes, requests (Isend), files, RMA.
"""

from __future__ import annotations

import functools
import operator
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from septet import _core
from septet.communicator import Communicator
from septet.errors import ArgumentError

#: For a send buffer: what is sent lies where the result goes.
IN_PLACE = object()


class Op:
    """A reduction: of arrays by its name, of objects by its function."""

    def __init__(self, name: str, function: Callable[[Any, Any], Any]) -> None:
        self.name = name
        self.function = function

    def __call__(self, one: Any, other: Any) -> Any:
        return self.function(one, other)


SUM = Op("sum", operator.add)
PROD = Op("prod", operator.mul)
MAX = Op("max", max)
MIN = Op("min", min)


def _require_no_tag(tag: int) -> None:
    if tag != 0:
        raise ArgumentError(f"tag {tag}: messages between two ranks are matched in their order, "
                            "without tags")


class Intracomm:
    """A communicator with the methods of mpi4py.MPI.Intracomm. Errors are septet's."""

    def __init__(self, ranks: Communicator) -> None:
        self.ranks = ranks  #: The septet.Communicator below.

    @property
    def rank(self) -> int:
        return self.ranks.rank

    @property
    def size(self) -> int:
        return self.ranks.size

    def Get_rank(self) -> int:
        return self.ranks.rank

    def Get_size(self) -> int:
        return self.ranks.size

    def Barrier(self) -> None:
        self.ranks.barrier()

    def Split(self, color: int | None = 0, key: int = 0) -> Intracomm | None:
        ranks = self.ranks.split(color, key)
        return None if ranks is None else Intracomm(ranks)

    def Abort(self, errorcode: int = 0) -> None:
        """Breaks the communicator; unlike MPI's, ends no process but this one."""
        self.ranks.abort()
        raise SystemExit(errorcode)

    def Free(self) -> None:
        self.ranks.close()

    def Allreduce(self, sendbuf: Any, recvbuf: Any, op: Op = SUM) -> None:
        self.ranks.all_reduce(recvbuf if sendbuf is IN_PLACE else sendbuf, recvbuf, op.name)

    def Reduce(self, sendbuf: Any, recvbuf: Any, op: Op = SUM, root: int = 0) -> None:
        self.ranks.reduce(recvbuf if sendbuf is IN_PLACE else sendbuf, recvbuf, op.name, root)

    def Bcast(self, buf: Any, root: int = 0) -> None:
        self.ranks.broadcast(buf, root)

    def Allgather(self, sendbuf: Any, recvbuf: Any) -> None:
        self.ranks.all_gather(self._own_part(sendbuf, recvbuf), recvbuf)

    def Reduce_scatter_block(self, sendbuf: Any, recvbuf: Any, op: Op = SUM) -> None:
        self.ranks.reduce_scatter(sendbuf, recvbuf, op.name)

    def Alltoall(self, sendbuf: Any, recvbuf: Any) -> None:
        self.ranks.all_to_all(sendbuf, recvbuf)

    def Gather(self, sendbuf: Any, recvbuf: Any, root: int = 0) -> None:
        self.ranks.gather(self._own_part(sendbuf, recvbuf), recvbuf, root)

    def Scatter(self, sendbuf: Any, recvbuf: Any, root: int = 0) -> None:
        self.ranks.scatter(sendbuf, self._own_part(recvbuf, sendbuf), root)

    def Send(self, buf: Any, dest: int, tag: int = 0) -> None:
        _require_no_tag(tag)
        self.ranks.send(buf, dest)

    def Recv(self, buf: Any, source: int, tag: int = 0) -> None:
        _require_no_tag(tag)
        self.ranks.recv(buf, source)

    def _own_part(self, buffer: Any, whole: Any) -> Any:
        """`buffer`, or this rank's part of `whole` where that is said to be in place."""
        if buffer is not IN_PLACE:
            return buffer
        return whole.reshape(self.size, -1)[self.rank]

    barrier = Barrier

    def bcast(self, obj: Any, root: int = 0) -> Any:
        size = numpy.zeros(1, numpy.uint64)
        data = _pickled(obj) if self.rank == root else None
        if data is not None:
            size[0] = data.size
        self.ranks.broadcast(size, root)
        data = numpy.empty(int(size[0]), numpy.uint8) if data is None else data
        self.ranks.broadcast(data, root)
        return obj if self.rank == root else pickle.loads(data)

    def allgather(self, sendobj: Any) -> list[Any]:
        own = _pickled(sendobj)
        sizes = self.ranks.all_gather(numpy.array([own.size], numpy.uint64)).ravel()
        parts = [own if rank == self.rank else numpy.empty(int(size), numpy.uint8)
                 for rank, size in enumerate(sizes)]
        with self.ranks.group():
            for rank, part in enumerate(parts):
                self.ranks.broadcast(part, rank)
        return [pickle.loads(part) for part in parts]

    def gather(self, sendobj: Any, root: int = 0) -> list[Any] | None:
        if self.rank != root:
            self.send(sendobj, root)
            return None
        return [sendobj if rank == root else self.recv(rank) for rank in range(self.size)]

    def scatter(self, sendobj: Sequence[Any] | None, root: int = 0) -> Any:
        if self.rank != root:
            return self.recv(root)
        if sendobj is None or len(sendobj) != self.size:
            raise ArgumentError(f"scatter: root gives a sequence of {self.size} objects, one for "
                                "each rank")
        for rank, each in enumerate(sendobj):
            if rank != root:
                self.send(each, rank)
        return sendobj[root]

    def allreduce(self, sendobj: Any, op: Callable[[Any, Any], Any] = SUM) -> Any:
        return functools.reduce(op, self.allgather(sendobj))

    def reduce(self, sendobj: Any, op: Callable[[Any, Any], Any] = SUM, root: int = 0) -> Any:
        gathered = self.gather(sendobj, root)
        return None if gathered is None else functools.reduce(op, gathered)

    def send(self, obj: Any, dest: int, tag: int = 0) -> None:
        _require_no_tag(tag)
        data = _pickled(obj)
        self.ranks.send(numpy.array([data.size], numpy.uint64), dest)
        self.ranks.send(data, dest)

    def recv(self, source: int, tag: int = 0) -> Any:
        _require_no_tag(tag)
        size = self.ranks.recv(numpy.empty(1, numpy.uint64), source)
        return pickle.loads(self.ranks.recv(numpy.empty(int(size[0]), numpy.uint8), source))


def _pickled(obj: Any) -> numpy.ndarray:
    return numpy.frombuffer(pickle.dumps(obj, pickle.HIGHEST_PROTOCOL), numpy.uint8)


@functools.cache
def _world() -> Intracomm:
    if _core.has_launcher():
        return Intracomm(Communicator.from_env())
    return Intracomm(Communicator(0, 1, _core.random_token()))


COMM_WORLD: Intracomm  # Made by __getattr__ when it is first asked for.


def __getattr__(name: str) -> Any:
    if name == "COMM_WORLD":
        return _world()
    raise AttributeError(f"septet.MPI has no {name}: see its documentation for what is there")
