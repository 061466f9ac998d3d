# SPDX-License-Identifier: Apache-2.0
"""Trains a ResNet-18 and a small GPT on all ranks, beside one process with the whole batch.

    septet run -n 4 -- python3 torch_models.py
    septet run -n 4 -- python3 torch_models.py --backend gloo --device cuda

The images are generated, the text is Python's own library. Every rank prints the loss curve of both
and how many images or tokens were trained a second: over all ranks, and by one process.
"""

import argparse
import copy
import math
import pathlib
import time

import torch
import torch.distributed as dist
from ranks import Ranks, Skip, arguments, run_parts
from torch.nn.parallel import DistributedDataParallel

from small_gpt import SmallGpt

# Steps whose losses are compared as one mean: single steps of a run drift apart with the order in
# which sums are rounded, their mean hardly does.
WINDOW = 10
TOLERANCE = 0.05


class Images:
    """Ten classes of 32 x 32 images: waves of a direction and length for each class, and noise."""

    unit = "images"

    def __init__(self, rows: int):
        self.rows = self.units = rows

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        generator = torch.Generator().manual_seed(step)
        classes = torch.randint(10, (self.rows,), generator=generator)
        phase = torch.rand(self.rows, 1, 1, generator=generator) * 2 * math.pi
        ys, xs = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
        angle = (classes * math.pi / 10).view(-1, 1, 1)
        waves = torch.sin((xs * angle.cos() + ys * angle.sin()) * 0.8 + phase)
        noise = torch.randn(self.rows, 3, 32, 32, generator=generator)
        return waves.unsqueeze(1) + noise, classes

    def model(self) -> torch.nn.Module:
        try:
            from torchvision.models import resnet18
        except ImportError as error:
            raise Skip(f"no torchvision: {error}") from error
        # A norm of each image alone: that of a batch would differ with its share.
        return resnet18(num_classes=10, norm_layer=lambda width: torch.nn.GroupNorm(16, width))

    def loss(self, model, inputs, targets):
        return torch.nn.functional.cross_entropy(model(inputs), targets)


class Text:
    """Bytes of the source of Python's own library."""

    unit, length = "tokens", 128

    def __init__(self, rows: int):
        self.rows, self.units = rows, rows * self.length
        files = sorted(pathlib.Path(argparse.__file__).parent.glob("*.py"))[:60]
        text = b"".join(file.read_bytes() for file in files)
        self.text = torch.frombuffer(bytearray(text), dtype=torch.uint8)

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        generator = torch.Generator().manual_seed(step)
        starts = torch.randint(len(self.text) - self.length - 1, (self.rows,), generator=generator)
        pieces = torch.stack([self.text[at:at + self.length + 1] for at in starts]).long()
        return pieces[:, :-1].contiguous(), pieces[:, 1:].contiguous()

    def model(self) -> torch.nn.Module:
        return SmallGpt(symbols=256, width=256, layers=4, heads=8, length=self.length)

    def loss(self, model, inputs, targets):
        return torch.nn.functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def train(ranks: Ranks, task, model, share: slice) -> tuple[torch.Tensor, float]:
    """The loss of each step and the seconds of one step, warm. All data is made before."""
    batches = [[each[share].to(ranks.device) for each in task.batch(step)]
               for step in range(ranks.steps)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
    losses, start, warm = [], 0.0, ranks.steps // 5
    for step, (inputs, targets) in enumerate(batches):
        if step == warm:
            ranks.finish_work()
            start = time.monotonic()
        optimizer.zero_grad()
        loss = task.loss(model, inputs, targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    ranks.finish_work()
    return torch.stack(losses), (time.monotonic() - start) / (ranks.steps - warm)


def windows_of(losses: torch.Tensor) -> torch.Tensor:
    """The mean of each window of steps."""
    return losses[:len(losses) // WINDOW * WINDOW].view(-1, WINDOW).mean(dim=1)


def compare(ranks: Ranks, name: str, task) -> None:
    torch.manual_seed(7)
    start = task.model().to(ranks.device)
    losses, seconds = train(ranks, task, DistributedDataParallel(copy.deepcopy(start)),
                            slice(ranks.rank, None, ranks.size))
    dist.all_reduce(losses)
    windows = windows_of(losses / ranks.size)
    ranks.same(f"{name}: it learns", bool(windows[-1] < windows[0]), True)
    ranks.figures[name] = {f"{task.unit}_per_second": round(task.units / seconds),
                           "loss": [round(each, 4) for each in windows.tolist()]}
    if ranks.compares:
        compare_alone(ranks, name, task, start, windows)


def compare_alone(ranks: Ranks, name: str, task, model, windows: torch.Tensor) -> None:
    """The same training by this process alone, while the others do the same."""
    losses, seconds = train(ranks, task, model, slice(None))
    expected = windows_of(losses)
    # What is nearly learned by heart follows the last bits of each sum, whoever adds.
    told = max(2, int((expected > expected[0] / 2).sum()))
    ranks.same(f"{name}: loss", windows[:told], expected[:told], TOLERANCE)
    ranks.figures[name] |= {
        f"{task.unit}_per_second_alone": round(task.units / seconds),
        "largest_difference": float((windows / expected - 1).abs()[:told].max()),
        "windows_compared": told, "loss_alone": [round(each, 4) for each in expected.tolist()]}


def resnet18(ranks: Ranks) -> None:
    compare(ranks, "resnet18", Images(ranks.images))


def small_gpt(ranks: Ranks) -> None:
    compare(ranks, "small_gpt", Text(ranks.sequences))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--steps", type=int, default=200, help="of each model (default: 200)")
    parser.add_argument("--images", type=int, default=256, help="a step, of all ranks")
    parser.add_argument("--sequences", type=int, default=32, help="a step, of all ranks")
    parser.add_argument("--speed-only", action="store_true", help="no training by one process")
    options = parser.parse_args()
    # Reduced products would hide what the collectives add.
    torch.backends.cudnn.allow_tf32 = False
    ranks = Ranks(options)
    ranks.steps, ranks.images, ranks.sequences = options.steps, options.images, options.sequences
    ranks.compares = not options.speed_only
    run_parts(ranks, [resnet18, small_gpt], options.only)


if __name__ == "__main__":
    main()
