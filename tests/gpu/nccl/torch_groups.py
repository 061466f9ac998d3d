# SPDX-License-Identifier: Apache-2.0
"""Parts of torch_collectives.py: groups of some ranks, of one rank, and tensors of no elements."""

import contextlib

import torch
import torch.distributed as dist
from ranks import Ranks, Skip


def stream_beside(ranks: Ranks):
    """A stream of its own that starts after what is queued now; nothing on the CPU."""
    if not ranks.on_gpu:
        return contextlib.nullcontext()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    return torch.cuda.stream(stream)


def overlapping_groups(ranks: Ranks) -> None:
    """Each rank is in two groups of neighbours and uses both at once, on two streams."""
    size = ranks.size
    if size < 3:
        raise Skip("needs three ranks")
    members = [sorted((first, (first + 1) % size)) for first in range(size)]
    groups = [dist.new_group(each) for each in members]
    for turn in range(10):
        rows, works = {}, []
        for index, each in enumerate(members):  # The same order on every rank.
            if ranks.rank in each:
                with stream_beside(ranks):
                    rows[index] = torch.full((50_000,), ranks.rank + turn, device=ranks.device,
                                             dtype=torch.float32)
                    works.append(dist.all_reduce(rows[index], group=groups[index], async_op=True))
        whole = torch.full((10,), float(ranks.rank), device=ranks.device)
        for work in works:
            work.wait()
        dist.all_reduce(whole)
        for index, row in rows.items():
            ranks.same(f"group {members[index]}", row,
                       torch.full_like(row, sum(members[index]) + 2 * turn))
        ranks.same("all ranks between", whole, torch.full_like(whole, sum(range(size))))


def split_groups(ranks: Ranks) -> None:
    """Halves by split_group, which NCCL makes from the parent without the store, then by mesh."""
    if ranks.backend == "gloo":
        raise Skip("gloo cannot split a group")
    half = ranks.size // 2
    parts = [list(range(half)), list(range(half, ranks.size))]
    mine = parts[0] if ranks.rank < half else parts[1]
    group = dist.split_group(split_ranks=parts)
    row = torch.full((1000,), float(ranks.rank), device=ranks.device)
    dist.all_reduce(row, group=group)
    ranks.same("split_group", row, torch.full_like(row, sum(mine)))
    ranks.same("rank in it", dist.get_rank(group), mine.index(ranks.rank))
    if ranks.size % 2 == 0:
        mesh = dist.device_mesh.init_device_mesh("cuda", (2, half), mesh_dim_names=("a", "b"))
        row.fill_(ranks.rank)
        dist.all_reduce(row, group=mesh.get_group("a"))
        ranks.same("mesh, first way", row, torch.full_like(row, 2 * (ranks.rank % half) + half))
        row.fill_(ranks.rank)
        dist.all_reduce(row, group=mesh.get_group("b"))
        ranks.same("mesh, second way", row, torch.full_like(row, sum(mine)))


def zero_sizes(ranks: Ranks) -> None:
    """Nothing to move is no error, and leaves what follows in step."""
    none, size = torch.zeros(0, device=ranks.device), ranks.size
    dist.all_reduce(none)
    dist.broadcast(none, 0)
    if ranks.backend == "nccl":
        dist.all_gather([torch.zeros_like(none) for _ in range(size)], none)
        dist.reduce_scatter_tensor(torch.zeros_like(none), none)
        dist.all_to_all_single(torch.zeros_like(none), none)
    # Only rank 0 has something, for rank 1 alone.
    given = [3 if ranks.rank == 0 and to == 1 else 0 for to in range(size)]
    taken = [3 if ranks.rank == 1 and of == 0 else 0 for of in range(size)]
    out = torch.zeros(sum(taken), device=ranks.device)
    dist.all_to_all_single(out, torch.ones(sum(given), device=ranks.device), taken, given)
    ranks.same("one share of all", out, torch.ones_like(out))
    for work in dist.batch_isend_irecv(
            [dist.P2POp(dist.isend, none, (ranks.rank + 1) % size),
             dist.P2POp(dist.irecv, torch.zeros_like(none), (ranks.rank - 1) % size)]):
        work.wait()
    row = torch.ones(5, device=ranks.device)
    dist.all_reduce(row)
    ranks.same("still in step", row, torch.full_like(row, size))


def single_rank_groups(ranks: Ranks) -> None:
    """A group of one: everything is a copy."""
    group = [dist.new_group([each]) for each in range(ranks.size)][ranks.rank]
    row = torch.arange(100, device=ranks.device, dtype=torch.float32)
    for name, call in (("all_reduce", lambda out: dist.all_reduce(out, group=group)),
                       ("broadcast", lambda out: dist.broadcast(out, ranks.rank, group=group)),
                       ("reduce", lambda out: dist.reduce(out, ranks.rank, group=group))):
        out = row.clone()
        call(out)
        ranks.same(f"{name} of one", out, row)
    out = torch.zeros_like(row)
    dist.all_gather_into_tensor(out, row, group=group)
    ranks.same("all_gather of one", out, row)
    out = torch.zeros_like(row)
    dist.reduce_scatter_tensor(out, row, group=group)
    ranks.same("reduce_scatter of one", out, row)
    out = torch.zeros_like(row)
    dist.all_to_all_single(out, row, group=group)
    ranks.same("all_to_all of one", out, row)
    dist.barrier(group=group)
