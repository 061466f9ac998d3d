# SPDX-License-Identifier: Apache-2.0
"""CuPy's collectives over NCCL, one process a slice, against values worked out alone.

    septet run -n 4 -- python3 cupy_collectives.py
"""

import json
import os
import pathlib
import sys

import cupy
import cupyx.distributed

COUNT = 1031
DTYPES = ("float32", "float64", "float16", "int32", "int64", "uint8", "complex64")


def loaded_nccl() -> str:
    lines = pathlib.Path("/proc/self/maps").read_text().splitlines()
    return ", ".join(sorted({line.split()[-1] for line in lines if "libnccl.so" in line}))


def reductions(comm, rank: int, size: int, rows: cupy.ndarray):
    """Name, what came and what is right, of what adds."""
    total, out = rows.sum(axis=0).astype(rows.dtype), cupy.zeros_like(rows[0])
    comm.all_reduce(rows[rank], out)
    yield "all_reduce", out, total
    if rows.dtype.kind != "c":
        comm.all_reduce(rows[rank], out, op="max")
        yield "all_reduce max", out, rows.max(axis=0)
    out = cupy.zeros_like(rows[0])
    comm.reduce(rows[rank], out, root=1)
    yield "reduce", out, total if rank == 1 else cupy.zeros_like(out)
    share = rows.shape[1] // size
    out = cupy.zeros(share, rows.dtype)
    comm.reduce_scatter(rows[rank][:share * size].copy(), out, share)
    yield "reduce_scatter", out, total[share * rank:share * (rank + 1)]


def moves(comm, rank: int, size: int, rows: cupy.ndarray):
    """The same of what only moves data."""
    out = rows[rank].copy()
    comm.broadcast(out, root=1)
    yield "broadcast", out, rows[1]
    out = cupy.zeros_like(rows)
    comm.all_gather(rows[rank], out, rows.shape[1])
    yield "all_gather", out, rows
    out = cupy.zeros_like(rows)
    comm.gather(rows[rank], out, root=1)
    yield "gather", out, rows if rank == 1 else cupy.zeros_like(rows)
    out = cupy.zeros_like(rows[0])
    comm.scatter(rows, out, root=1)
    yield "scatter", out, rows[rank]
    squares = cupy.arange(size * 5).astype(rows.dtype).reshape(size, 5) + rank
    out = cupy.zeros_like(squares)
    comm.all_to_all(squares, out)
    yield "all_to_all", out, cupy.stack([cupy.arange(5) + 5 * rank + each for each in
                                         range(size)]).astype(rows.dtype)
    # In pairs: 0 with 1, 2 with 3; without a partner to itself nothing is sent.
    partner = rank ^ 1
    if partner < size:
        out = cupy.zeros_like(rows[0])
        comm.send_recv(rows[rank], out, partner)
        yield "send_recv", out, rows[partner]


def main() -> int:
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    comm = cupyx.distributed.init_process_group(size, rank, host=os.environ["MASTER_ADDR"],
                                                port=int(os.environ["MASTER_PORT"]))
    right, wrong = 0, []
    for dtype in DTYPES:
        cells = cupy.arange(size * COUNT).reshape(size, COUNT)
        rows = ((cells + cells // COUNT) % 5 + 1).astype(dtype)
        for part in (reductions, moves):
            for name, found, expected in part(comm, rank, size, rows):
                if cupy.array_equal(found, expected):
                    right += 1
                else:
                    wrong.append(f"{name} {dtype}")
    comm.barrier()
    print(json.dumps({"rank": rank, "ranks": size, "library": loaded_nccl(), "right": right,
                      "wrong": wrong, "nccl": cupy.cuda.nccl.get_version()}), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
