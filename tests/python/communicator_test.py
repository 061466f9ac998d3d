# SPDX-License-Identifier: Apache-2.0
"""septet.Communicator beside NumPy, on simulated slices."""

import functools
import inspect

import numpy as np
import pytest
from ranks import on_slices

import septet

TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16",
         "float32", "float64"]


def data_of(rank, shape, dtype):
    """What rank `rank` has; small whole numbers, so that every order of a sum gives the same."""
    numbers = np.random.default_rng(rank).integers(0, 5, shape)
    return numbers.astype(dtype)


def data_of_all(ranks, shape, dtype):
    return np.stack([data_of(rank, shape, dtype) for rank in range(ranks.size)])


def assert_same(one, other):
    assert one.dtype == other.dtype
    np.testing.assert_array_equal(one, other)


def combine_and_move(ranks):
    """Each operation once for each type; results are those of NumPy on all ranks' data."""
    n, shape = ranks.size, (ranks.size * 3, 7)
    for dtype in TYPES:
        mine, everyone = data_of(ranks.rank, shape, dtype), data_of_all(ranks, shape, dtype)
        total = everyone.sum(axis=0, dtype=dtype)
        assert_same(ranks.all_reduce(mine), total)
        assert_same(ranks.all_reduce(mine, op="max"), everyone.max(axis=0))
        assert_same(ranks.all_reduce(mine, op="min"), everyone.min(axis=0))
        assert_same(ranks.all_reduce(mine, op="prod"), everyone.prod(axis=0, dtype=dtype))
        assert_same(ranks.all_gather(mine), everyone)
        assert_same(ranks.reduce_scatter(mine), np.split(total, n)[ranks.rank])
        parts = np.stack([np.split(each, n)[ranks.rank] for each in everyone])
        assert_same(ranks.all_to_all(mine), parts.reshape(shape))
        for root in range(n):
            summed, gathered = ranks.reduce(mine, root=root), ranks.gather(mine, root=root)
            if ranks.rank == root:
                assert_same(summed, total)
                assert_same(gathered, everyone)
            else:
                assert summed is None and gathered is None
            assert_same(ranks.broadcast(mine.copy(), root), everyone[root])
            table = everyone[:, 0] if ranks.rank == root else None
            assert_same(ranks.scatter(None if table is None else table.copy(),
                                      np.empty(7, dtype), root), everyone[ranks.rank, 0])
    ranks.barrier()


@pytest.mark.parametrize("size", [2, 3])
def test_every_operation_and_type_gives_what_numpy_gives(size):
    assert on_slices(size, combine_and_move) == [None] * size


def results_in_place(ranks):
    mine = data_of(ranks.rank, 1001, "float32")
    everyone = data_of_all(ranks, 1001, "float32")
    out = np.empty_like(mine)
    assert ranks.all_reduce(mine, out) is out
    assert_same(out, everyone.sum(axis=0, dtype="float32"))
    assert ranks.all_reduce(mine, out=mine) is mine
    assert_same(mine, out)
    table = np.zeros((ranks.size, 5), "int32")
    table[ranks.rank] = ranks.rank
    ranks.all_gather(table[ranks.rank], table)
    assert table[:, 0].tolist() == list(range(ranks.size))
    buffer = bytearray([ranks.rank] * 3)
    ranks.broadcast(buffer, root=1)
    assert buffer == b"\x01\x01\x01"
    assert ranks.all_reduce(b"\x01\x02").tolist() == [ranks.size, 2 * ranks.size]
    assert ranks.all_reduce(np.float64(2)).shape == ()
    assert ranks.all_gather(np.zeros((0, 3))).shape == (ranks.size, 0, 3)


def parts_of_unequal_size(ranks):
    """Rank r sends r + p rows to rank p."""
    sent = [ranks.rank + p for p in range(ranks.size)]
    rows = np.full((sum(sent), 2), ranks.rank, "int64")
    got = ranks.all_to_allv(rows, sent, sent)
    assert got[:, 0].tolist() == [p for p in range(ranks.size) for _ in range(sent[p])]


def messages(ranks):
    """Round the ring, alone and in a group where all go at once."""
    after, before = (ranks.rank + 1) % ranks.size, (ranks.rank - 1) % ranks.size
    with ranks.group():
        ranks.send(np.full(100_000, ranks.rank), after)
        got = ranks.recv(np.empty(100_000, int), before)
        total = ranks.all_reduce(np.ones(3))
    assert set(got) == {before} and total.tolist() == [ranks.size] * 3
    if ranks.rank == 0:
        ranks.send(np.arange(3), 1)
    elif ranks.rank == 1:
        assert ranks.recv(np.empty(3, int), 0).tolist() == [0, 1, 2]


def families(ranks):
    """Even and odd ranks apart, in reverse order; then all but rank 0; and one that fell out."""
    half = ranks.split(ranks.rank % 2, key=-ranks.rank)
    members = half.all_gather(np.array([ranks.rank])).ravel().tolist()
    assert members == [r for r in reversed(range(ranks.size)) if r % 2 == ranks.rank % 2]
    assert ranks.split(None if ranks.rank == 0 else 1) is None or ranks.rank > 0
    if ranks.rank > 0:
        rest = ranks.shrink([0])
        assert (rest.rank, rest.size) == (ranks.rank - 1, ranks.size - 1)
        assert rest.all_reduce(np.ones(1))[0] == ranks.size - 1
    again = septet.Communicator.from_env(meeting_limit=60)
    assert again.all_reduce(np.ones(1))[0] == ranks.size


@pytest.mark.parametrize("body", [results_in_place, parts_of_unequal_size, messages, families])
def test_on_three_ranks(body):
    assert on_slices(3, body) == [None] * 3


def order_of_sum(ranks):
    """In float32, (1 + 2^24) - 2^24 depends on the order."""
    value = np.float32([1, 2**24, -(2**24), 3][ranks.rank])
    return ranks.all_reduce(np.full(5, value)).tolist()


def test_sums_are_made_in_the_order_of_the_ranks():
    numbers = [np.float32(n) for n in (1, 2**24, -(2**24), 3)]
    expected = float(functools.reduce(lambda a, b: np.float32(a + b), numbers))
    assert on_slices(4, order_of_sum) == [[expected] * 5] * 4


def mistakes(ranks):
    """Each is refused before anything is sent, so the communicator stays whole."""
    told = []
    for wrong in (lambda: ranks.all_reduce(np.ones((4, 4))[:, 0]),
                  lambda: ranks.all_reduce([1, 2]),
                  lambda: ranks.all_reduce(np.ones(2, complex)),
                  lambda: ranks.all_reduce(np.ones(2, bool)),
                  lambda: ranks.all_reduce(np.ones(2, ">f4")),
                  lambda: ranks.all_reduce(np.ones(2), op="xor"),
                  lambda: ranks.all_reduce(np.ones(2), np.ones(3)),
                  lambda: ranks.all_reduce(np.ones(2), np.ones(2, "f4")),
                  lambda: ranks.all_reduce(np.ones(2), bytes(16)),
                  lambda: ranks.reduce_scatter(np.ones(3)),
                  lambda: ranks.all_to_all(np.ones(3)),
                  lambda: ranks.all_to_allv(np.ones(2), [1], [1, 1]),
                  lambda: ranks.broadcast(np.ones(2), root=2),
                  lambda: ranks.send(np.ones(2), 7),
                  lambda: ranks.scatter(root=1 - ranks.rank),
                  lambda: ranks.shrink([])):
        with pytest.raises(septet.ArgumentError) as caught:
            wrong()
        told.append(str(caught.value))
    assert ranks.all_reduce(np.ones(1))[0] == 2
    ranks.close()
    with pytest.raises(septet.UsageError, match="closed"):
        ranks.barrier()
    return told


def test_mistakes_are_refused_with_the_remedy():
    told, _ = on_slices(2, mistakes)
    for said, word in zip(told, ["ascontiguousarray", "list is no array", "not known here",
                                 "view(\"u1\")", "not known here", "sum, prod", "go with 3",
                                 "float32", "read-only", "parted among 2", "parted among 2",
                                 "1 elements", "ranks 0 to 1", "ranks 0 to 1", "give out", "name"],
                          strict=True):
        assert word in said, said


def test_a_reduction_that_ranks_disagree_on_names_both():
    told, _ = on_slices(2, disagree)
    assert "all_reduce of 2 float64" in told and "all_reduce of 3 float64" in told


def disagree(ranks):
    with pytest.raises(septet.PeerError) as caught:
        ranks.all_reduce(np.ones(2 + ranks.rank))
    return str(caught.value)


def test_one_rank_alone_needs_nobody():
    with septet.Communicator(0, 1, septet.random_token()) as alone:
        assert alone.all_reduce(np.arange(3)).tolist() == [0, 1, 2]
        assert alone.all_gather(np.arange(3)).shape == (1, 3)
    assert repr(alone) == "<septet.Communicator: closed>"


def test_arguments_of_the_constructor_are_checked():
    with pytest.raises(septet.ArgumentError, match="48 lower-case"):
        septet.Communicator(0, 1, "no token")
    with pytest.raises(septet.ArgumentError, match="rank 2"):
        septet.Communicator(2, 2, septet.random_token())
    with pytest.raises(septet.UnavailableError, match="missing: 1|rank 1"):
        septet.Communicator(0, 2, septet.random_token(), meeting_limit=0.2)


def test_every_public_method_says_what_it_does():
    for name, member in inspect.getmembers(septet.Communicator):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name
