# SPDX-License-Identifier: Apache-2.0
"""Parts of torch_training.py: models that are cut up among the ranks."""

import copy
import os

import torch
import torch.distributed as dist
from ranks import Ranks, Skip
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.pipelining import PipelineStage, Schedule1F1B
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

GIB = 1 << 30
TOLERANCE = 1e-4


def stack(width: int, layers: int, device) -> torch.nn.Sequential:
    torch.manual_seed(7)
    return torch.nn.Sequential(*[torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.Tanh())
                                 for _ in range(layers)]).to(device)


def batch(ranks: Ranks, width: int, rows: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(11)
    inputs = torch.randn(rows, width, generator=generator)
    return inputs.to(ranks.device), inputs.roll(1, dims=1).tanh().to(ranks.device)


def descend(model, inputs, targets, steps: int = 8) -> torch.Tensor:
    """The loss of each step of plain descent."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)


def fully_sharded(ranks: Ranks) -> None:
    """FSDP2 with shares of the batch, beside one process with all of it."""
    inputs, targets = batch(ranks, 128)
    model = stack(128, 6, ranks.device)
    alone = descend(copy.deepcopy(model), inputs, targets)
    mesh = init_device_mesh(ranks.device.type, (ranks.size,))
    for layer in model:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    losses = descend(model, inputs[ranks.rank::ranks.size], targets[ranks.rank::ranks.size])
    dist.all_reduce(losses)
    ranks.same("fsdp2: loss", losses / ranks.size, alone, TOLERANCE)
    ranks.same("fsdp2: it learns", bool(losses[-1] < losses[0]), True)


def tensor_parallel(ranks: Ranks) -> None:
    """The first layer cut by columns, the second by rows; all ranks have the whole batch."""
    inputs, targets = batch(ranks, 128)
    model = torch.nn.Sequential(*stack(128, 4, ranks.device))
    alone = descend(copy.deepcopy(model), inputs, targets)
    mesh = init_device_mesh(ranks.device.type, (ranks.size,))
    plan = {f"{index}.0": ColwiseParallel() if index % 2 == 0 else RowwiseParallel()
            for index in range(4)}
    model = parallelize_module(model, mesh, plan)
    ranks.same("tensor parallel: loss", descend(model, inputs, targets), alone, TOLERANCE)


def pipeline(ranks: Ranks) -> None:
    """A stage a rank, eight shares of the batch under way: one forward, one backward."""
    inputs, targets = batch(ranks, 128)
    model = stack(128, ranks.size, ranks.device)
    alone = copy.deepcopy(model)
    loss_of = torch.nn.functional.mse_loss
    expected = loss_of(alone(inputs), targets)
    expected.backward()
    stage = PipelineStage(model[ranks.rank], ranks.rank, ranks.size, ranks.device)
    schedule = Schedule1F1B(stage, n_microbatches=8, loss_fn=loss_of)
    losses: list[torch.Tensor] = []
    first, last = ranks.rank == 0, ranks.rank == ranks.size - 1
    schedule.step(*((inputs,) if first else ()), target=targets if last else None, losses=losses)
    if last:
        ranks.same("pipeline: loss", torch.stack(losses).mean(), expected, TOLERANCE)
    for mine, whole in zip(model[ranks.rank].parameters(), alone[ranks.rank].parameters()):
        ranks.same("pipeline: gradient", mine.grad, whole.grad, TOLERANCE)


class Large:
    """A model of bf16 layers, each the same on every rank and made when it is needed.

    Its size is `share` memories of one slice: no rank can hold it. On the CPU it is small.
    """

    def __init__(self, ranks: Ranks):
        self.device, memory = ranks.device, 8 << 20
        if ranks.on_gpu:
            memory = int(os.environ.get("SEPTET_SLICE_MEMORY",
                                        torch.cuda.mem_get_info(ranks.device)[1]))
        # A sixtieth of the slice a layer or so: two of them whole are no great matter.
        self.width = next((w for w in (16384, 8192, 4096, 2048) if 2 * w * w < memory / 60), 512)
        self.layers = int(ranks.share * memory / (2 * self.width**2)) + 1
        self.bytes, self.memory = 2 * self.width**2 * self.layers, memory

    def weights(self, layer: int) -> torch.Tensor:
        generator = torch.Generator(self.device).manual_seed(layer)
        shape = (self.width, self.width)
        made = torch.randn(shape, generator=generator, device=self.device, dtype=torch.bfloat16)
        return made.mul_(self.width**-0.5)

    def sharded(self, ranks: Ranks) -> torch.nn.Module:
        """The model with this rank's rows alone in memory."""
        with torch.device("meta"):
            model = torch.nn.Sequential(*[
                torch.nn.Sequential(torch.nn.Linear(self.width, self.width, bias=False,
                                                    dtype=torch.bfloat16), torch.nn.Tanh())
                for _ in range(self.layers)])
        mesh = init_device_mesh(self.device.type, (ranks.size,))
        for layer in model:
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)
        model.to_empty(device=self.device)
        for index, layer in enumerate(model):
            share = layer[0].weight.to_local()
            with torch.no_grad():
                share.copy_(self.weights(index).chunk(ranks.size)[ranks.rank])
        return model

    def loss_alone(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """By one process that has one layer at a time."""
        found = inputs
        for index in range(self.layers):
            found = torch.tanh(torch.nn.functional.linear(found, self.weights(index)))
        return torch.nn.functional.mse_loss(found.float(), targets)


def larger_than_a_slice(ranks: Ranks) -> None:
    """FSDP2 of a model that the memory of one slice cannot hold: two steps of training."""
    if ranks.size < 3:
        raise Skip("two slices cannot hold its parameters and their gradients")
    large = Large(ranks)
    ranks.figures["large_gib"] = round(large.bytes / GIB, 2)
    ranks.figures["slice_gib"] = round(large.memory / GIB, 2)
    if ranks.on_gpu and "SEPTET_SLICE_MEMORY" in os.environ:
        ranks.raises("one slice cannot hold it",
                     lambda: torch.empty(large.bytes, dtype=torch.uint8, device=ranks.device),
                     torch.OutOfMemoryError)
    generator = torch.Generator().manual_seed(11)
    inputs = torch.randn(16, large.width, generator=generator).to(ranks.device, torch.bfloat16)
    targets = inputs.roll(1, dims=1).float().tanh()
    expected = large.loss_alone(inputs, targets)
    model = large.sharded(ranks)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=1.0), []
    for _ in range(2):
        loss = torch.nn.functional.mse_loss(model(inputs).float(), targets)
        losses.append(loss.detach())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    ranks.same("large model: first loss", losses[0], expected, 1e-2)
    ranks.same("large model: another loss after a step", bool(losses[1] != losses[0]), True)
    if ranks.on_gpu:
        ranks.figures["peak_gib"] = round(torch.cuda.max_memory_allocated() / GIB, 2)
