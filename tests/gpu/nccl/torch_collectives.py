# SPDX-License-Identifier: Apache-2.0
"""Every collective of torch.distributed against values that each rank works out alone.

    septet run -n 4 -- python3 torch_collectives.py
    torchrun --nproc-per-node 4 torch_collectives.py --backend gloo

The numbers are small and whole: results are exact in every type, unless a tolerance is named.
"""

import torch
import torch.distributed as dist
from ranks import Ranks, Skip, arguments, run_parts

from torch_groups import (overlapping_groups, single_rank_groups, split_groups, zero_sizes)
from torch_messages import (all_pairs, asynchronous, coalesced, objects, ring, send_and_receive)

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
WHOLE = (torch.int32, torch.int64, torch.uint8)
MOVED = (torch.float32, torch.bfloat16, torch.int64, torch.uint8)
COUNT = 1031  # Odd, and no multiple of any vector width.

# An average may be rounded twice: the factor 1/n to the type, and the sum.
AVERAGED = {torch.float32: 1e-6, torch.float64: 1e-12, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def everyone(ranks: Ranks, dtype, count: int = COUNT, values: int = 5) -> torch.Tensor:
    """What all ranks bring, a row a rank: whole numbers of 1 to `values`."""
    cells = torch.arange(ranks.size * count, device=ranks.device).reshape(ranks.size, count)
    return ((cells + cells // count) % values + 1).to(dtype)


def all_reduce_kinds(ranks: Ranks) -> None:
    """Sum, product, least and greatest for every type."""
    for dtype in FLOATS + WHOLE:
        # Products of up to 7 ones and twos are exact in every type.
        for kind, values, combine in (
                (dist.ReduceOp.SUM, 5, lambda rows: rows.sum(dim=0)),
                (dist.ReduceOp.PRODUCT, 2, lambda rows: rows.prod(dim=0)),
                (dist.ReduceOp.MIN, 5, lambda rows: rows.amin(dim=0)),
                (dist.ReduceOp.MAX, 5, lambda rows: rows.amax(dim=0))):
            rows = everyone(ranks, dtype, values=values)
            mine = rows[ranks.rank].clone()
            dist.all_reduce(mine, kind)
            ranks.same(f"all_reduce {kind} {dtype}", mine, combine(rows).to(dtype))


def all_reduce_averages(ranks: Ranks) -> None:
    if ranks.backend == "gloo":
        raise Skip("gloo has no average")
    for dtype in FLOATS + WHOLE:
        rows = everyone(ranks, dtype)
        mine, total = rows[ranks.rank].clone(), rows.double().sum(dim=0)
        dist.all_reduce(mine, dist.ReduceOp.AVG)
        expected = total / ranks.size
        # Whole numbers are summed, then divided, toward zero.
        expected = expected if dtype.is_floating_point else expected.floor()
        ranks.same(f"all_reduce avg {dtype}", mine, expected, AVERAGED.get(dtype, 0.0))


def all_reduce_scaled(ranks: Ranks) -> None:
    """NCCL's pre-multiplied sum, with the factor as a number and as a tensor on the device."""
    if ranks.backend == "gloo":
        raise Skip("gloo has no pre-multiplied sum")
    for dtype in (torch.float32, torch.float64, torch.float16):
        rows = everyone(ranks, dtype)
        for factor in (0.5, torch.full((1,), 0.25, dtype=dtype, device=ranks.device)):
            mine = rows[ranks.rank].clone()
            dist.all_reduce(mine, dist._make_nccl_premul_sum(factor))
            ranks.same(f"all_reduce premul {dtype}", mine, (rows * factor).sum(dim=0))


def sizes(ranks: Ranks) -> None:
    """From one element to tens of megabytes, at aligned and unaligned addresses."""
    for count in (1, 2, 7, 1024, 4097, 65536, 1_000_003, 8_000_000):
        for shift in (0, 1):
            whole = torch.zeros(count + shift, dtype=torch.float16, device=ranks.device)
            mine = whole[shift:]
            mine.copy_(torch.arange(count, device=ranks.device) % 64 + ranks.rank)
            expected = ranks.size * (torch.arange(count, device=ranks.device) % 64) + sum(
                range(ranks.size))
            dist.all_reduce(mine)
            ranks.same(f"all_reduce of {count} at {2 * shift}", mine, expected.half())


def rooted(ranks: Ranks) -> None:
    """Broadcast, reduce, gather and scatter, with every root."""
    for dtype in MOVED:
        rows = everyone(ranks, dtype)
        for root in range(ranks.size):
            mine, is_root = rows[ranks.rank].clone(), ranks.rank == root
            dist.broadcast(mine, root)
            ranks.same(f"broadcast {dtype}", mine, rows[root])
            mine = rows[ranks.rank].clone()
            dist.reduce(mine, root)
            if is_root:
                ranks.same(f"reduce {dtype}", mine, rows.sum(dim=0).to(dtype))
            parts = [torch.zeros_like(row) for row in rows] if is_root else None
            dist.gather(rows[ranks.rank].clone(), parts, root)
            if is_root:
                ranks.same(f"gather {dtype}", torch.stack(parts), rows)
            dist.scatter(mine, list(rows.clone()) if is_root else None, root)
            ranks.same(f"scatter {dtype}", mine, rows[ranks.rank])


def gathered(ranks: Ranks) -> None:
    """All-gather: into a list, into one tensor, in place, and of unequal shares."""
    for dtype in MOVED:
        rows = everyone(ranks, dtype)
        mine = rows[ranks.rank].clone()
        parts = [torch.zeros_like(row) for row in rows]
        dist.all_gather(parts, mine)
        ranks.same(f"all_gather {dtype}", torch.stack(parts), rows)
        whole = torch.zeros_like(rows.flatten())
        dist.all_gather_into_tensor(whole, mine)
        ranks.same(f"all_gather_into_tensor {dtype}", whole, rows.flatten())
        whole = torch.zeros_like(whole)
        whole.chunk(ranks.size)[ranks.rank].copy_(mine)
        dist.all_gather_into_tensor(whole, whole.chunk(ranks.size)[ranks.rank])
        ranks.same(f"all_gather_into_tensor in place {dtype}", whole, rows.flatten())
        if ranks.backend == "nccl":  # Gloo wants equal shares.
            parts = [torch.zeros_like(rows[i, :10 + i]) for i in range(ranks.size)]
            dist.all_gather(parts, mine[:10 + ranks.rank].contiguous())
            ranks.same(f"all_gather of unequal shares {dtype}", torch.cat(parts),
                       torch.cat([rows[i, :10 + i] for i in range(ranks.size)]))


def scattered(ranks: Ranks) -> None:
    """Reduce-scatter: from a list, from one tensor, in place, and of unequal shares."""
    share = 257
    for dtype in MOVED:
        rows = everyone(ranks, dtype, share * ranks.size)
        mine = rows[ranks.rank].clone()
        expected = rows.sum(dim=0).to(dtype).chunk(ranks.size)[ranks.rank]
        out = torch.zeros_like(expected)
        dist.reduce_scatter(out, list(mine.clone().chunk(ranks.size)))
        ranks.same(f"reduce_scatter {dtype}", out, expected)
        out = torch.zeros_like(expected)
        dist.reduce_scatter_tensor(out, mine)
        ranks.same(f"reduce_scatter_tensor {dtype}", out, expected)
        if ranks.backend == "nccl":
            whole = mine.clone()
            dist.reduce_scatter_tensor(whole.chunk(ranks.size)[ranks.rank], whole)
            ranks.same(f"reduce_scatter_tensor in place {dtype}",
                       whole.chunk(ranks.size)[ranks.rank], expected)
            unequal = [row[:10 + i].contiguous() for i, row in
                       enumerate(mine.reshape(ranks.size, share))]
            out = torch.zeros_like(unequal[ranks.rank])
            dist.reduce_scatter(out, unequal)
            ranks.same(f"reduce_scatter of unequal shares {dtype}", out,
                       expected[:10 + ranks.rank])


def exchanged(ranks: Ranks) -> None:
    """All-to-all: equal and unequal shares of one tensor, and lists of tensors."""
    size, rank = ranks.size, ranks.rank
    for dtype in MOVED:
        rows = everyone(ranks, dtype, 64 * size)
        mine, out = rows[rank].clone(), torch.zeros(64 * size, dtype=dtype, device=ranks.device)
        dist.all_to_all_single(out, mine)
        ranks.same(f"all_to_all_single {dtype}", out,
                   torch.cat([row.chunk(size)[rank] for row in rows]))
        # Rank i sends j + i elements to rank j: nothing from 0 to 0.
        given = [rank + to for to in range(size)]
        out = torch.zeros(sum(given), dtype=dtype, device=ranks.device)
        dist.all_to_all_single(out, mine[:sum(given)].contiguous(), given, given)
        starts = [sum(i + to for to in range(rank)) for i in range(size)]
        expected = torch.cat([rows[i, starts[i]:starts[i] + i + rank] for i in range(size)])
        ranks.same(f"all_to_all_single of unequal shares {dtype}", out, expected)
        if ranks.backend == "nccl":
            parts = [torch.zeros(64, dtype=dtype, device=ranks.device) for _ in range(size)]
            dist.all_to_all(parts, list(mine.chunk(size)))
            ranks.same(f"all_to_all {dtype}", torch.cat(parts),
                       torch.cat([row.chunk(size)[rank] for row in rows]))


# split_groups comes first: PyTorch 2.11 crashes where the group to split is not the first that the
# process has made (ProcessGroupNCCL::split reads an empty list of ranks), with any NCCL.
PARTS = [split_groups, all_reduce_kinds, all_reduce_averages, all_reduce_scaled, sizes, rooted,
         gathered, scattered, exchanged, send_and_receive, ring, all_pairs, objects, asynchronous,
         coalesced, overlapping_groups, zero_sizes, single_rank_groups]


def main() -> None:
    options = arguments(__doc__).parse_args()
    run_parts(Ranks(options), PARTS, options.only)


if __name__ == "__main__":
    main()
