#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One trial: a convolutional network that reads handwritten digits, on the device it is given.

Ordinary PyTorch: "cuda" is the trial's slice, whichever that is. After each epoch it prints how
good it is as a line of JSON; the best weights are kept in the trial's folder.
"""

import argparse
import csv
import gzip
import json
import pathlib
import time

import torch
from torch import nn

DATA = pathlib.Path(__file__).parents[1] / "data" / "digits.csv.gz"
TEST_IMAGES = 450


def load(device: str):
    """Images as 1 x 32 x 32 and their digits, always cut in two in the same way."""
    with gzip.open(DATA, "rt", newline="") as file:
        rows = [[float(field) for field in row] for row in csv.reader(file)]
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(7))
    table = torch.tensor(rows)[order].to(device)
    images = nn.functional.interpolate(table[:, :64].reshape(-1, 1, 8, 8) / 16, size=(32, 32),
                                       mode="bilinear", align_corners=False)
    digits = table[:, 64].long()
    held_back = slice(0, TEST_IMAGES), slice(TEST_IMAGES, None)
    return [(images[part], digits[part]) for part in reversed(held_back)]


def network(channels: int, dropout: float) -> nn.Module:
    """Three stages, each of half the size and twice the channels of the one before."""
    stages, inputs = [], 1
    for outputs in (channels, 2 * channels, 4 * channels):
        stages += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
                   nn.MaxPool2d(2)]
        inputs = outputs
    return nn.Sequential(*stages, nn.Flatten(), nn.Dropout(dropout),
                         nn.Linear(4 * channels * 16, 10))


def train(model: nn.Module, optimizer, images, digits, batch: int) -> float:
    """One epoch; the mean loss."""
    model.train()
    total = 0.0
    for chosen in torch.randperm(len(digits), device=digits.device).split(batch):
        loss = nn.functional.cross_entropy(model(images[chosen]), digits[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(chosen)
    return total / len(digits)


@torch.no_grad()
def accuracy(model: nn.Module, images, digits) -> float:
    model.eval()
    return (model(images).argmax(dim=1) == digits).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=float, default=1e-3, help="learning rate of Adam")
    parser.add_argument("--channels", type=int, default=16, help="of the first stage")
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--batch", type=int, default=128, help="images in a step")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=pathlib.Path, help="the best weights go there")
    chosen = parser.parse_args()

    torch.manual_seed(chosen.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    learning, unseen = load(device)
    model = network(chosen.channels, chosen.dropout).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=chosen.lr)
    best = 0.0
    for epoch in range(1, chosen.epochs + 1):
        start = time.perf_counter()
        loss = train(model, optimizer, *learning, chosen.batch)
        seconds = time.perf_counter() - start
        now = accuracy(model, *unseen)
        if chosen.save and now > best:
            torch.save(model.state_dict(), chosen.save)
        best = max(best, now)
        print(json.dumps({"step": epoch, "loss": loss, "accuracy": now,
                          "images_per_second": len(learning[1]) / seconds,
                          "on_gpu": int(device == "cuda")}), flush=True)


if __name__ == "__main__":
    main()
