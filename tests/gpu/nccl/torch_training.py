# SPDX-License-Identifier: Apache-2.0
"""Every way in which PyTorch trains one model on several ranks, against one process.

    septet run -n 4 -- python3 torch_training.py
    torchrun --nproc-per-node 4 torch_training.py --backend gloo

Each rank trains the same model alone on the whole batch as well, and compares the loss of each
step. The ranks add in another order than one process does, so equality is within a tolerance.
"""

import contextlib
import os
import shutil

import torch
import torch.distributed as dist
from ranks import Ranks, Skip, arguments, run_parts
from torch.nn.parallel import DistributedDataParallel

from torch_sharding import fully_sharded, larger_than_a_slice, pipeline, tensor_parallel

STEPS, BATCH, WIDTH = 20, 64, 256
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 3e-2}


def make_model(device, dtype=torch.float32):
    torch.manual_seed(7)
    blocks = [layer for _ in range(8)
              for layer in (torch.nn.Linear(WIDTH, WIDTH), torch.nn.ReLU())]
    return torch.nn.Sequential(*blocks, torch.nn.Linear(WIDTH, 8)).to(device, dtype)


def make_batch(device, dtype=torch.float32):
    generator = torch.Generator().manual_seed(11)
    inputs = torch.randn(BATCH, WIDTH, generator=generator)
    targets = inputs[:, :8].cumsum(dim=1).tanh()
    return inputs.to(device, dtype), targets.to(device, dtype)


def train(model, inputs, targets, shares: int = 1) -> list[torch.Tensor]:
    """The loss of each step; gradients of `shares` parts are added before one is made."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        total = torch.zeros((), device=inputs.device)
        for part in range(shares):
            last = part == shares - 1
            waits = contextlib.nullcontext() if last or shares == 1 else model.no_sync()
            with waits:
                found = model(inputs[part::shares])
                loss = torch.nn.functional.mse_loss(found, targets[part::shares]) / shares
                loss.backward()
            total += loss.detach()
        optimizer.step()
        losses.append(total)
    return torch.stack(losses)


def curve(ranks: Ranks, losses: torch.Tensor) -> torch.Tensor:
    """The mean over all ranks, whose shares of the batch are equal."""
    losses = losses.float()
    dist.all_reduce(losses)
    return losses / ranks.size


def compare(ranks: Ranks, name: str, model, losses, dtype=torch.float32) -> None:
    """`losses` beside those of one process, and the parameters of all ranks beside each other."""
    alone = train(make_model(ranks.device, dtype), *make_batch(ranks.device, dtype))
    ranks.same(f"{name}: loss", curve(ranks, losses), alone.float(), TOLERANCE[dtype])
    ranks.same(f"{name}: it learns", bool(losses[-1] < losses[0] * 0.8), True)
    mine = torch.cat([each.detach().float().flatten() for each in model.parameters()])
    first = mine.clone()
    dist.broadcast(first, 0)
    ranks.same(f"{name}: equal on all ranks", mine, first)


def data_parallel(ranks: Ranks) -> None:
    """DDP in small buckets, so that many all-reduces run beside the backward pass."""
    for dtype in (torch.float32, torch.bfloat16):
        inputs, targets = make_batch(ranks.device, dtype)
        model = DistributedDataParallel(make_model(ranks.device, dtype), bucket_cap_mb=0.2)
        losses = train(model, inputs[ranks.rank::ranks.size], targets[ranks.rank::ranks.size])
        compare(ranks, f"ddp {dtype}", model, losses, dtype)


def accumulated(ranks: Ranks) -> None:
    """DDP that sends gradients with every fourth share of a batch only."""
    inputs, targets = make_batch(ranks.device)
    model = DistributedDataParallel(make_model(ranks.device), bucket_cap_mb=0.2,
                                    gradient_as_bucket_view=True)
    losses = train(model, inputs[ranks.rank::ranks.size], targets[ranks.rank::ranks.size], 4)
    compare(ranks, "ddp, accumulated", model, losses)


def compressed(ranks: Ranks) -> None:
    """DDP that sends its gradients as bf16, by PyTorch's own hook."""
    from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
    inputs, targets = make_batch(ranks.device)
    model = DistributedDataParallel(make_model(ranks.device), bucket_cap_mb=0.2)
    model.register_comm_hook(None, default_hooks.bf16_compress_hook)
    losses = train(model, inputs[ranks.rank::ranks.size], targets[ranks.rank::ranks.size])
    alone = train(make_model(ranks.device), *make_batch(ranks.device))
    ranks.same("bf16 gradients: loss", curve(ranks, losses), alone, TOLERANCE[torch.bfloat16])


def compiled(ranks: Ranks) -> None:
    """torch.compile around DDP, which then cuts its graph where buckets end."""
    if not shutil.which(os.environ.get("CXX", "g++")):
        raise Skip("torch.compile needs a C++ compiler, and there is no g++")
    inputs, targets = make_batch(ranks.device)
    # Its first bucket is of 1 MiB, and no other may be smaller.
    model = DistributedDataParallel(make_model(ranks.device), bucket_cap_mb=1)
    losses = train(torch.compile(model), inputs[ranks.rank::ranks.size],
                   targets[ranks.rank::ranks.size])
    compare(ranks, "compiled ddp", model, losses)


def graphed(ranks: Ranks) -> None:
    """All-reduce in a CUDA graph, replayed between eager calls; the graph outlives its group."""
    if ranks.backend != "nccl":
        raise Skip("graphs are CUDA's")
    row, eager = (torch.zeros(10_000, device=ranks.device) for _ in range(2))
    gathered = torch.zeros(ranks.size, device=ranks.device)
    dist.all_reduce(row)  # Communicators are made at the first call, which cannot be captured.
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        dist.all_reduce(row)
        row.mul_(2)
        dist.all_gather_into_tensor(gathered, row[:1])
    for turn in range(20):
        row.fill_(ranks.rank + turn)
        eager.fill_(turn)
        graph.replay()
        if turn % 3 == 0:
            dist.all_reduce(eager)
            ranks.same("eager call between", eager, torch.full_like(eager, turn * ranks.size))
        expected = 2.0 * (sum(range(ranks.size)) + turn * ranks.size)
        ranks.same("replayed all_reduce", row, torch.full_like(row, expected))
        ranks.same("replayed all_gather", gathered, torch.full_like(gathered, expected))
    ranks.kept = graph


PARTS = [data_parallel, accumulated, compressed, graphed, fully_sharded, tensor_parallel, pipeline,
         compiled, larger_than_a_slice]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--share", type=float, default=1.1,
                        help="size of the largest model, in memories of one slice (default 1.1)")
    options = parser.parse_args()
    ranks = Ranks(options)
    ranks.share = options.share
    run_parts(ranks, PARTS, options.only)


if __name__ == "__main__":
    main()
