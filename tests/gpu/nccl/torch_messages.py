# SPDX-License-Identifier: Apache-2.0
"""Parts of torch_collectives.py: messages between two ranks, objects, and calls that overlap."""

import torch
import torch.distributed as dist
from ranks import Ranks, Skip


def numbers(ranks: Ranks, seed: int, count: int = 1000) -> torch.Tensor:
    return torch.arange(count, device=ranks.device, dtype=torch.float32) + 1000 * seed


def send_and_receive(ranks: Ranks) -> None:
    """Blocking calls along a chain, small and large, twice so that order is seen."""
    for count in (1, 300_000):
        for turn in range(2):
            passed = numbers(ranks, turn, count)
            if ranks.rank > 0:
                got = torch.zeros_like(passed)
                dist.recv(got, ranks.rank - 1)
                ranks.same(f"recv of {count}", got, passed)
                passed = got
            if ranks.rank + 1 < ranks.size:
                dist.send(passed, ranks.rank + 1)
    dist.barrier()


def ring(ranks: Ranks) -> None:
    """Each rank sends to the next while it receives from the one before."""
    rank, size = ranks.rank, ranks.size
    for count in (1, 4096, 2_000_000):
        mine, got = numbers(ranks, rank, count), torch.zeros(count, device=ranks.device)
        for work in dist.batch_isend_irecv([dist.P2POp(dist.isend, mine, (rank + 1) % size),
                                            dist.P2POp(dist.irecv, got, (rank - 1) % size)]):
            work.wait()
        ranks.same(f"ring of {count}", got, numbers(ranks, (rank - 1) % size, count))


def all_pairs(ranks: Ranks) -> None:
    """Two messages from each rank to each other; every rank lists them in another order."""
    rank, size = ranks.rank, ranks.size
    others = [(rank + step) % size for step in range(1, size)]
    got = {(peer, turn): torch.zeros(1000 + turn, device=ranks.device)
           for peer in others for turn in range(2)}
    calls = []
    for peer in others if rank % 2 else reversed(others):
        for turn in range(2):
            sent = numbers(ranks, 10 * rank + turn, 1000 + turn)
            calls.append(dist.P2POp(dist.isend, sent, peer, tag=turn))
            calls.append(dist.P2POp(dist.irecv, got[peer, turn], peer, tag=turn))
    for work in dist.batch_isend_irecv(calls):
        work.wait()
    for (peer, turn), found in got.items():
        ranks.same(f"from {peer}", found, numbers(ranks, 10 * peer + turn, 1000 + turn))


def objects(ranks: Ranks) -> None:
    """Pickled objects of unequal length, by every call that takes them."""
    rank, size = ranks.rank, ranks.size
    made = [{"rank": each, "text": "x" * (10 + 1000 * each)} for each in range(size)]
    found = [None] * size
    dist.all_gather_object(found, made[rank])
    ranks.same("all_gather_object", found, made)
    found = [made[1], "second"] if rank == 1 else [None, None]
    dist.broadcast_object_list(found, src=1)
    ranks.same("broadcast_object_list", found, [made[1], "second"])
    found = [None] * size if rank == 0 else None
    dist.gather_object(made[rank], found, dst=0)
    ranks.same("gather_object", found, made if rank == 0 else None)
    found = [None]
    dist.scatter_object_list(found, made if rank == 0 else None, src=0)
    ranks.same("scatter_object_list", found, [made[rank]])
    if rank == 0:
        dist.send_object_list([made[0]], dst=size - 1)
    elif rank == size - 1:
        found = [None]
        dist.recv_object_list(found, src=0)
        ranks.same("recv_object_list", found, [made[0]])
    dist.barrier()


def asynchronous(ranks: Ranks) -> None:
    """Many calls under way at once, waited for in reverse order; results used in stream order."""
    rows = [numbers(ranks, ranks.rank + turn) for turn in range(24)]
    works = [dist.all_reduce(row, async_op=True) for row in rows]
    busy = torch.ones(256, 256, device=ranks.device) @ torch.ones(256, 256, device=ranks.device)
    for work in reversed(works):
        work.wait()
    ranks.same("work beside it", busy[0, 0].item(), 256.0)
    for turn, row in enumerate(rows):
        ranks.same("all_reduce async", row,
                   sum(numbers(ranks, rank + turn) for rank in range(ranks.size)))
    work = dist.barrier(async_op=True)
    work.wait()
    ranks.same("is_completed", work.is_completed(), True)


def coalesced(ranks: Ranks) -> None:
    """Calls of one kind and of several kinds gathered into one group, in both forms."""
    if ranks.backend == "gloo":
        raise Skip("gloo cannot coalesce")
    rank, size = ranks.rank, ranks.size
    total = sum(numbers(ranks, each) for each in range(size))
    rows = [numbers(ranks, rank) for _ in range(5)]
    with dist._coalescing_manager(device=ranks.device):
        for row in rows:
            dist.all_reduce(row)
    ranks.same("all_reduce coalesced", torch.stack(rows), torch.stack([total] * 5))
    gathered = [torch.zeros(1000 * size, device=ranks.device) for _ in range(3)]
    with dist._coalescing_manager(device=ranks.device, async_ops=True) as works:
        for out in gathered:
            dist.all_gather_into_tensor(out, numbers(ranks, rank))
    works.wait()
    whole = torch.cat([numbers(ranks, each) for each in range(size)])
    ranks.same("all_gather coalesced", torch.stack(gathered), torch.stack([whole] * 3))
    shares = [torch.zeros(1000, device=ranks.device) for _ in range(3)]
    with dist._coalescing_manager(device=ranks.device):
        for out in shares:
            dist.reduce_scatter_tensor(out, whole * (rank + 1))
    expected = numbers(ranks, rank) * sum(range(1, size + 1))
    ranks.same("reduce_scatter coalesced", torch.stack(shares), torch.stack([expected] * 3))
