# SPDX-License-Identifier: Apache-2.0
"""Collectives among the ranks of one host."""

from __future__ import annotations

import atexit
import contextlib
import math
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from septet import _core
from septet.errors import ArgumentError
from septet.results import empty_like, rows_of, shape_of

#: Left at the end of the program, so that the others are told of that and not of a death.
_alive: weakref.WeakSet[Communicator] = weakref.WeakSet()


class Communicator:
    """A group of ranks that send each other arrays and combine them.

    Arrays are anything that lends its memory: NumPy, PyTorch and JAX on the CPU, bytearray and the
    like; contiguous in C order; int8 to int64, uint8 to uint64, float16, float32, float64,
    bfloat16, float8_e4m3fn, float8_e5m2; bool where nothing is summed. Nothing is copied. ``out``
    is where the result goes, of the right number of elements in any shape; without it, a new array
    like the one given is made. N is the number of ranks. Arrays on a CUDA device are taken where
    the package was built with CUDA: all of one call, on every rank. Such a call is enqueued on the
    current stream of their library and returns; errors of the others come with a later call.

    Every rank makes the same calls in the same order. A call blocks until this rank's part is done,
    and other Python threads go on meanwhile. Sums are made in the order of the ranks: every rank
    gets the same bits, in every run.

    Errors: ArgumentError before anything is sent; PeerError when a rank died, left, aborted or
    called something else, within about a second. After that, and after Ctrl-C in a call, the
    communicator is broken for every rank: see ``shrink``.

    One thread may call at a time, but for ``abort`` and ``check``. Not for the child of a fork.
    """

    def __init__(self, rank: int, size: int, token: str, *, slice: str = "",
                 meeting_limit: float | None = None, operation_limit: float | None = None) -> None:
        """Meets the other ranks: blocks until all `size` of them have come.

        ``token`` is one that ``random_token`` made, the same on every rank; ``slice`` is what
        messages call this rank's device. Limits are in seconds: how long to wait for the others
        (5 minutes), and how long an operation may wait without progress (as
        SEPTET_OPERATION_LIMIT_S says, else for ever: deaths end every wait).
        Raises UnavailableError with the missing ranks, UsageError when two claim one number.
        """
        self._join(_core.Link(rank, size, token, slice, meeting_limit, operation_limit))

    @classmethod
    def from_env(cls, *, meeting_limit: float | None = None,
                 operation_limit: float | None = None) -> Communicator:
        """The ranks of the launcher that started this: septet run, mpirun, srun or torchrun.

        The n-th call of one process meets the n-th of the others. Raises UsageError when there is
        no launcher, or when it has put ranks on several hosts.
        """
        return cls._of(_core.Link.from_environment(meeting_limit, operation_limit))

    @classmethod
    def _of(cls, link: _core.Link) -> Communicator:
        made = cls.__new__(cls)
        made._join(link)
        return made

    def _join(self, link: _core.Link) -> None:
        self._link = link
        _alive.add(self)

    @property
    def rank(self) -> int:
        """Of this process, from 0."""
        return self._link.rank

    @property
    def size(self) -> int:
        """The number of ranks, N."""
        return self._link.size

    def __repr__(self) -> str:
        state = "closed" if self._link.is_closed else f"rank {self.rank} of {self.size}"
        return f"<septet.Communicator: {state}>"

    def __enter__(self) -> Communicator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def barrier(self) -> None:
        """Returns once every rank has called it."""
        self._link.barrier()

    def all_reduce(self, array: Any, out: Any = None, op: str = "sum") -> Any:
        """``array`` of all ranks, combined element by element, for every rank.

        ``op`` is sum, prod, min, max or avg. ``out=array`` is allowed.
        """
        out = empty_like(array, shape_of(array)) if out is None else out
        self._link.all_reduce(array, out, op)
        return out

    def reduce(self, array: Any, out: Any = None, op: str = "sum", root: int = 0) -> Any:
        """As all_reduce, for rank ``root`` alone; the others get None."""
        if self.rank == root and out is None:
            out = empty_like(array, shape_of(array))
        self._link.reduce(array, out, op, root)
        return out if self.rank == root else None

    def broadcast(self, array: Any, root: int = 0) -> Any:
        """Overwrites ``array`` with that of ``root``, of the same size; returns it."""
        self._link.broadcast(array, root)
        return array

    def all_gather(self, array: Any, out: Any = None) -> Any:
        """``array`` of every rank, for every rank: of shape (N, \\*array.shape)."""
        out = empty_like(array, (self.size, *shape_of(array))) if out is None else out
        self._link.all_gather(array, out)
        return out

    def reduce_scatter(self, array: Any, out: Any = None, op: str = "sum") -> Any:
        """Combines as all_reduce; each rank gets its N-th part of the first axis."""
        if out is None:
            out = empty_like(array, self._part_of(array, "reduce_scatter"))
        self._link.reduce_scatter(array, out, op)
        return out

    def all_to_all(self, array: Any, out: Any = None) -> Any:
        """Part p of the first axis goes to rank p; part p of the result came from it."""
        out = empty_like(array, shape_of(array)) if out is None else out
        self._link.all_to_all(array, out)
        return out

    def all_to_allv(self, array: Any, send_counts: Sequence[int], recv_counts: Sequence[int],
                    out: Any = None) -> Any:
        """As all_to_all with unequal parts: so many rows of the first axis for and from each rank.

        Parts lie one behind the other. What one rank sends to another, that one must expect.
        """
        _, row = rows_of(array, "all_to_allv")
        out = empty_like(array, (sum(recv_counts), *row)) if out is None else out
        each = math.prod(row)
        self._link.all_to_allv(array, [count * each for count in send_counts], out,
                               [count * each for count in recv_counts])
        return out

    def gather(self, array: Any, out: Any = None, root: int = 0) -> Any:
        """``array`` of every rank, for ``root``: of shape (N, \\*array.shape); else None."""
        if self.rank == root and out is None:
            out = empty_like(array, (self.size, *shape_of(array)))
        self._link.gather(array, out, root)
        return out if self.rank == root else None

    def scatter(self, array: Any = None, out: Any = None, root: int = 0) -> Any:
        """Row p of ``root``'s array, whose first axis has N rows, for rank p.

        The others give no array, but ``out``: they do not know the size.
        """
        if out is None:
            if self.rank != root or array is None:
                raise ArgumentError("scatter: give out, of the size of this rank's part; root "
                                    "gives its array too")
            out = empty_like(array, rows_of(array, "scatter")[1])
        self._link.scatter(array, out, root)
        return out

    def send(self, array: Any, peer: int) -> None:
        """Sends to rank ``peer``; it matches the receives that peer posts for this rank, in order.

        May block until they are posted.
        """
        self._link.send(array, peer)

    def recv(self, out: Any, peer: int) -> Any:
        """Receives from rank ``peer`` what fills ``out``; returns it."""
        self._link.recv(out, peer)
        return out

    @contextlib.contextmanager
    def group(self) -> Iterator[Communicator]:
        """Calls inside are kept, and run together at its end: their sends and receives all at once.

        Results are there only then. An exception inside forgets them.
        """
        self._link.begin_group()
        runs = False
        try:
            yield self
            runs = True
        finally:
            self._link.end_group(runs)

    def split(self, color: int | None, key: int = 0) -> Communicator | None:
        """Called by all: those of one color become a communicator, ordered by key, then by rank.

        None for a rank without color. Blocks until they have met.
        """
        link = self._link.split(color, key)
        return None if link is None else self._of(link)

    def shrink(self, excluded: Sequence[int]) -> Communicator:
        """Called by all but the ranks ``excluded``, which may be dead: the rest, renumbered.

        Works on a broken communicator. Blocks until they have met.
        """
        return self._of(self._link.shrink(list(excluded)))

    def abort(self) -> None:
        """Breaks the communicator on every rank at once: calls that wait raise PeerError."""
        self._link.abort()

    def check(self) -> None:
        """Raises the error that broke the communicator, if one did. Never blocks."""
        self._link.check()

    def close(self) -> None:
        """Leaves, without waiting for anybody. The end of the program does it too."""
        self._link.close()

    def _part_of(self, array: Any, name: str) -> tuple[int, ...]:
        rows, row = rows_of(array, name)
        if rows % self.size:
            raise ArgumentError(f"{name}: {rows} rows of the first axis cannot be parted among "
                                f"{self.size} ranks")
        return (rows // self.size, *row)


@atexit.register
def _leave_all() -> None:
    for communicator in list(_alive):
        # One that another thread is waiting in stays; the others then see this process end.
        with contextlib.suppress(Exception):
            communicator.close()
