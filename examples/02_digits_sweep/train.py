#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One trial of the sweep: the classifier of example 1, telling after each epoch how good it is.

What it prints is all that Septet needs: lines of JSON on stdout.
"""

import argparse
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "01_digits"))
from train import DATA, Classifier, load  # noqa: E402


def loss(classifier: Classifier, images, digits) -> float:
    """The mean cross entropy."""
    right = classifier.forward(images)[1][np.arange(len(digits)), digits]
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
    parser.add_argument("--hidden", type=int, default=64, help="width of the hidden layer")
    parser.add_argument("--batch", type=int, default=32, help="images in a step")
    parser.add_argument("--seed", type=int, default=0, help="of the weights at the start")
    parser.add_argument("--epochs", type=int, default=40)
    chosen = parser.parse_args()

    # The same images are held back in every trial; all else is the trial's own.
    images, digits, test_images, test_digits = load(DATA, np.random.default_rng(seed=7))
    rng = np.random.default_rng(chosen.seed)
    classifier = Classifier(chosen.hidden, rng)
    for epoch in range(1, chosen.epochs + 1):
        for batch in np.array_split(rng.permutation(len(digits)), len(digits) // chosen.batch):
            classifier.learn(images[batch], digits[batch], chosen.lr)
        print(json.dumps({"step": epoch, "loss": loss(classifier, images, digits),
                          "accuracy": classifier.accuracy(test_images, test_digits)}), flush=True)


if __name__ == "__main__":
    main()
