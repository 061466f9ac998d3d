# SPDX-License-Identifier: Apache-2.0
"""One rank of a case of torch_faults.py: trains, and dies, errs or aborts as the case says.

Writes "at NAME SECONDS" for each moment that matters, by the clock that all processes share.
"""

import argparse
import json
import os
import signal
import threading
import time

import ranks
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

STEPS, FATAL_STEP = 40, 5


def note(moment: str) -> None:
    print(f"at {moment} {time.monotonic()}", flush=True)


def model_of(rank: ranks.Ranks) -> torch.nn.Module:
    torch.manual_seed(7)
    layers = [torch.nn.Linear(1024, 1024) for _ in range(8)]
    return torch.nn.Sequential(*layers).to(rank.device)


def train(rank: ranks.Ranks, dies: bool) -> float:
    """Trains; where `dies`, this rank ends itself half-way through one backward pass."""
    model = DistributedDataParallel(model_of(rank), bucket_cap_mb=4)
    optimizer, step = torch.optim.SGD(model.parameters(), lr=1e-3), 0

    def die(_):
        if step == FATAL_STEP:
            note("death")
            os.kill(os.getpid(), signal.SIGKILL)

    if dies:
        model.module[3].weight.register_hook(die)
    inputs = torch.randn(64, 1024, device=rank.device)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = model(inputs).square().mean()
        loss.backward()
        optimizer.step()
        loss.item()  # As programs do that print their loss.
    return loss.item()


def kill(rank: ranks.Ranks) -> None:
    train(rank, dies=rank.rank == 1)


def mismatch(rank: ranks.Ranks) -> None:
    dist.all_reduce(torch.ones(1000 + (rank.rank == 1), device=rank.device))
    rank.finish_work()
    dist.all_reduce(torch.ones(10, device=rank.device))  # Where the first was only enqueued.
    rank.finish_work()


def abort(rank: ranks.Ranks) -> None:
    dist.all_reduce(torch.ones(10, device=rank.device))
    rank.finish_work()
    if rank.rank == 0:
        dist.all_reduce(torch.ones(1000, device=rank.device))  # Which nobody else joins.
        waiting = threading.Thread(target=rank.finish_work)
        waiting.start()
        note("abort")
        dist.distributed_c10d._abort_process_group()
        waiting.join()
        note("aborted")
        rank.store.set("aborted", "1")
    else:
        rank.store.get("aborted")
        dist.distributed_c10d._abort_process_group()
    rank.open("after the abort")
    row = torch.ones(10, device=rank.device)
    dist.all_reduce(row)
    assert row[0].item() == rank.size


CASES = {"kill": kill, "train": lambda rank: train(rank, dies=False), "mismatch": mismatch,
         "abort": abort}


def main() -> None:
    parser = ranks.arguments(__doc__)
    parser.add_argument("case", choices=CASES)
    options: argparse.Namespace = parser.parse_args()
    rank = ranks.Ranks(options)
    rank.open(options.case)
    try:
        CASES[options.case](rank)
    except Exception:
        note("raised")
        raise
    print(json.dumps({"rank": rank.rank, "case": options.case, "came_through": True}), flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
