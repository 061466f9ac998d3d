#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains one small classifier of handwritten digits, on the slice that Septet gave this process.

One hidden layer, plain gradient descent, NumPy only: the same setting gives the same accuracy on
every machine. Writes what it learned, and which slice it had, as one JSON file.
"""

import argparse
import json
import pathlib
import time

import numpy as np
from slice_proof import SliceProof

DATA = pathlib.Path(__file__).parents[1] / "data" / "digits.csv.gz"
TEST_IMAGES = 450


def load(path: pathlib.Path, rng: np.random.Generator):
    """Images as rows of 64 numbers from 0 to 1, and their digits; shuffled, then cut in two."""
    table = rng.permutation(np.loadtxt(path, delimiter=","))
    images, digits = table[:, :64] / 16, table[:, 64].astype(int)
    return images[TEST_IMAGES:], digits[TEST_IMAGES:], images[:TEST_IMAGES], digits[:TEST_IMAGES]


class Classifier:
    """64 inputs, one hidden layer with ReLU, softmax over ten digits."""

    def __init__(self, hidden: int, rng: np.random.Generator):
        self.inner = rng.normal(0, np.sqrt(2 / 64), (64, hidden))
        self.inner_bias = np.zeros(hidden)
        self.outer = rng.normal(0, np.sqrt(2 / hidden), (hidden, 10))
        self.outer_bias = np.zeros(10)

    def forward(self, images):
        """The hidden activations, and a probability for each digit."""
        hidden = np.maximum(images @ self.inner + self.inner_bias, 0)
        scores = hidden @ self.outer + self.outer_bias
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return hidden, scores / scores.sum(axis=1, keepdims=True)

    def learn(self, images, digits, rate: float):
        """One step down the gradient of the cross entropy."""
        hidden, wrong = self.forward(images)
        wrong[np.arange(len(digits)), digits] -= 1
        wrong /= len(digits)
        back = (wrong @ self.outer.T) * (hidden > 0)
        self.outer -= rate * hidden.T @ wrong
        self.outer_bias -= rate * wrong.sum(axis=0)
        self.inner -= rate * images.T @ back
        self.inner_bias -= rate * back.sum(axis=0)

    def accuracy(self, images, digits) -> float:
        return float((self.forward(images)[1].argmax(axis=1) == digits).mean())


def train(hidden: int, rate: float, epochs: int) -> float:
    """The share of unseen images that are read rightly after `epochs` passes."""
    rng = np.random.default_rng(seed=7)
    images, digits, test_images, test_digits = load(DATA, rng)
    classifier = Classifier(hidden, rng)
    for _ in range(epochs):
        for batch in np.array_split(rng.permutation(len(digits)), len(digits) // 32):
            classifier.learn(images[batch], digits[batch], rate)
    return classifier.accuracy(test_images, test_digits)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
    parser.add_argument("--hidden", type=int, default=64, help="width of the hidden layer")
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("."), metavar="FOLDER")
    chosen = parser.parse_args()

    with SliceProof(chosen.results) as proof:
        start = time.time()
        accuracy = train(chosen.hidden, chosen.lr, chosen.epochs)
        result = {"lr": chosen.lr, "hidden": chosen.hidden, "accuracy": accuracy, "start": start,
                  "end": time.time(), **proof.facts}
    file = chosen.results / f"lr{chosen.lr}-hidden{chosen.hidden}.json"
    file.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
