#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""train.py with PyTorch: autograd makes the gradients on the slice's GPU, and septet sums them
where they are, in device memory, on PyTorch's stream. Without a GPU it trains on the CPU.

Here too rank 0 trains once more by itself, and must find the same losses to the last bit.
"""

import functools
import os
import sys

import numpy as np
import septet
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from train import BATCH, EPOCHS, HIDDEN, TEST_IMAGES, load

RATE = 0.3
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def first_model():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(64, HIDDEN), torch.nn.ReLU(),
                               torch.nn.Linear(HIDDEN, 10)).to(DEVICE)


def gradient(model, images, digits):
    """Of the cross entropy, summed over a shard: a vector like the model; behind it the loss."""
    loss = torch.nn.functional.cross_entropy(model(images), digits, reduction="sum")
    parts = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([part.ravel() for part in parts] + [loss.detach().ravel()])


def train(images, digits, shards, own_shards, total_of):
    """The model and the loss of each step; total_of(gradients of own shards) is over all shards."""
    model, losses, rng = first_model(), [], np.random.default_rng(seed=2)
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(digits)), len(digits) // BATCH):
            parts = [torch.from_numpy(part).to(DEVICE) for part in np.array_split(batch, shards)]
            total = total_of([gradient(model, images[parts[shard]], digits[parts[shard]])
                              for shard in own_shards])
            with torch.no_grad():
                weights = parameters_to_vector(model.parameters())
                vector_to_parameters(weights - total[:-1] * (RATE / len(batch)),
                                     model.parameters())
            losses.append(total[-1] / len(batch))
    return model, torch.stack(losses).cpu()


def report(losses, model, slices, images, digits, lesson):
    """What was learned; and whether one process learns the same."""
    steps = len(losses) // EPOCHS
    for epoch in range(0, EPOCHS, 5):
        print(f"epoch {epoch + 1:2}  loss {losses[epoch * steps:(epoch + 1) * steps].mean():.4f}")
    right = model(images[:TEST_IMAGES]).argmax(dim=1) == digits[:TEST_IMAGES]
    print(f"{right.float().mean().item():.1%} of {TEST_IMAGES} unseen digits are read rightly")
    _, alone = train(*lesson, slices, range(slices), functools.partial(functools.reduce, torch.add))
    if not torch.equal(losses, alone):
        sys.exit("train_torch.py: one process has another loss curve")
    print(f"{slices} slices ({DEVICE}), {len(losses)} steps: the loss curve of one process, "
          "to the last bit")


def main():
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    images, digits = (torch.from_numpy(part).to(DEVICE) for part in load())
    lesson = images[TEST_IMAGES:], digits[TEST_IMAGES:]
    with septet.Communicator.from_env() as ranks:
        model, losses = train(*lesson, ranks.size, [ranks.rank],
                              lambda gradients: ranks.all_reduce(gradients[0]))
        if ranks.rank == 0:
            report(losses, model, ranks.size, images, digits, lesson)


if __name__ == "__main__":
    main()
