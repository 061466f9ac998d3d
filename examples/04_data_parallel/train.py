#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Data-parallel training of a digit classifier: every rank has a copy of the model and a shard of
each batch; the gradients are summed over the ranks, and so all copies stay the same.

Rank 0 then trains once more by itself, shard after shard, and compares: the loss curve must be the
same to the last bit, because septet sums in the order of the ranks. NumPy only.
"""

import functools
import pathlib
import sys

import numpy as np
import septet

DATA = pathlib.Path(__file__).parents[1] / "data" / "digits.csv.gz"
TEST_IMAGES = 450
HIDDEN, BATCH, EPOCHS, RATE = 32, 64, 30, np.float32(0.3)
SHAPES = [(64, HIDDEN), (HIDDEN,), (HIDDEN, 10), (10,)]


def load():
    """Images as rows of 64 numbers from 0 to 1, and their digits; shuffled the same everywhere."""
    table = np.random.default_rng(seed=7).permutation(np.loadtxt(DATA, delimiter=","))
    return (table[:, :64] / 16).astype(np.float32), table[:, 64].astype(int)


def first_model():
    """All weights as one vector, as they are sent; layers() gives its parts their shapes."""
    rng = np.random.default_rng(seed=1)
    return np.concatenate([rng.normal(0, np.sqrt(2 / shape[0]), shape).ravel() * (len(shape) > 1)
                           for shape in SHAPES]).astype(np.float32)


def layers(model):
    ends = np.cumsum([np.prod(shape) for shape in SHAPES])
    return [part.reshape(shape) for part, shape in zip(np.split(model, ends[:-1]), SHAPES)]


def forward(model, images):
    """The hidden activations, and a probability for each digit."""
    inner, inner_bias, outer, outer_bias = layers(model)
    hidden = np.maximum(images @ inner + inner_bias, 0)
    scores = hidden @ outer + outer_bias
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return hidden, scores / scores.sum(axis=1, keepdims=True)


def gradient(model, images, digits):
    """Of the cross entropy, summed over a shard: a vector like the model; behind it the loss."""
    hidden, wrong = forward(model, images)
    truth = np.arange(len(digits)), digits
    loss = -np.log(wrong[truth]).sum()
    wrong[truth] -= 1
    back = (wrong @ layers(model)[2].T) * (hidden > 0)
    parts = images.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0), loss
    return np.concatenate([np.ravel(part) for part in parts])


def train(images, digits, shards, own_shards, total_of):
    """The model and the loss of each step; total_of(gradients of own shards) is over all shards."""
    model, losses, rng = first_model(), [], np.random.default_rng(seed=2)
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(digits)), len(digits) // BATCH):
            parts = np.array_split(batch, shards)
            total = total_of([gradient(model, images[parts[shard]], digits[parts[shard]])
                              for shard in own_shards])
            model -= RATE / np.float32(len(batch)) * total[:-1]
            losses.append(total[-1] / np.float32(len(batch)))
    return model, np.array(losses)


def report(losses, model, slices, images, digits, lesson):
    """What was learned; and whether one process learns the same."""
    steps = len(losses) // EPOCHS
    for epoch in range(0, EPOCHS, 5):
        print(f"epoch {epoch + 1:2}  loss {losses[epoch * steps:(epoch + 1) * steps].mean():.4f}")
    right = forward(model, images[:TEST_IMAGES])[1].argmax(axis=1) == digits[:TEST_IMAGES]
    print(f"{right.mean():.1%} of {TEST_IMAGES} unseen digits are read rightly")
    _, alone = train(*lesson, slices, range(slices), functools.partial(functools.reduce, np.add))
    if losses.tobytes() != alone.tobytes():
        sys.exit("train.py: one process has another loss curve")
    print(f"{slices} slices, {len(losses)} steps: the loss curve of one process, to the last bit")


def main():
    images, digits = load()
    lesson = images[TEST_IMAGES:], digits[TEST_IMAGES:]
    with septet.Communicator.from_env() as ranks:
        model, losses = train(*lesson, ranks.size, [ranks.rank],
                              lambda gradients: ranks.all_reduce(gradients[0]))
        copies = ranks.gather(model)
        if ranks.rank == 0:
            assert all(copy.tobytes() == model.tobytes() for copy in copies)
            report(losses, model, ranks.size, images, digits, lesson)


if __name__ == "__main__":
    main()
