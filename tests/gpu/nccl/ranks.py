# SPDX-License-Identifier: Apache-2.0
"""What the PyTorch programs of this folder share: a process group for each part, and a count.

A program is a list of parts. Each runs in a process group of its own, so that one that fails does
not spoil the next; each compares what it got with what this rank works out alone. At the end every
rank prints one line of JSON and ends with 1 if anything was wrong.
"""

import argparse
import datetime
import json
import os
import pathlib
import sys
import time
import traceback

# All ranks are on this host, whose own name need not resolve.
os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")

import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402

LIMIT = datetime.timedelta(seconds=60)


class Skip(Exception):
    """A part cannot run here; the text names the cause."""


def loaded_nccl() -> str:
    """The file that this process has as its NCCL. Source: the kernel's list of mappings."""
    lines = pathlib.Path("/proc/self/maps").read_text().splitlines()
    return ", ".join(sorted({line.split()[-1] for line in lines if "libnccl.so" in line}))


class Ranks:
    """This rank among the others, and what it has found so far.

    Requires: the variables of torchrun, which septet run sets as well.
    """

    def __init__(self, backend: str):
        self.backend = backend
        self.on_gpu = backend == "nccl"
        self.store, self.rank, self.size = next(dist.rendezvous("env://", timeout=LIMIT))
        self.device = torch.device("cpu")
        if self.on_gpu:
            # One visible device a rank under septet run, several under torchrun.
            index = int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count()
            self.device = torch.device("cuda", index)
            torch.cuda.set_device(self.device)
        self.right, self.wrong, self.skipped, self.figures = 0, [], {}, {}

    def part(self, action, limit: datetime.timedelta = LIMIT) -> None:
        """Runs `action(self)` in a new default group. What it raises is counted as wrong."""
        name, start = action.__name__, time.monotonic()
        self.open(name, limit)
        try:
            action(self)
            self.finish_work()
        except Skip as skip:
            self.skipped[name] = str(skip)
        except Exception as error:
            traceback.print_exc()
            self.wrong.append(f"{name}: {type(error).__name__}: {str(error)[:400]}")
            dist.distributed_c10d._abort_process_group()
        else:
            dist.destroy_process_group()
        if dist.is_initialized():
            dist.destroy_process_group()
        self.figures[f"{name}_seconds"] = round(time.monotonic() - start, 2)

    def open(self, name: str, limit: datetime.timedelta = LIMIT) -> None:
        """Makes the default group; `name` keeps its keys in the store apart from other groups'."""
        bound = {"device_id": self.device} if self.on_gpu else {}
        dist.init_process_group(self.backend, store=dist.PrefixStore(name, self.store),
                                rank=self.rank, world_size=self.size, timeout=limit, **bound)

    def finish_work(self) -> None:
        if self.on_gpu:
            torch.cuda.synchronize()

    def same(self, name: str, found, expected, tolerance: float = 0.0) -> None:
        """Counts one result. Tensors may differ by `tolerance`, relative and absolute."""
        if isinstance(found, torch.Tensor):
            right = found.shape == expected.shape and torch.allclose(
                found.double(), expected.double(), rtol=tolerance, atol=tolerance)
        else:
            right = found == expected
        if right:
            self.right += 1
        else:
            self.wrong.append(f"{name}: {str(found)[:120]} is not {str(expected)[:120]}")

    def raises(self, name: str, call, *kinds) -> None:
        """Counts one call that must fail."""
        try:
            call()
        except kinds or (Exception,):
            self.right += 1
        else:
            self.wrong.append(f"{name}: raised nothing")

    def finish(self, **more) -> None:
        """Prints the record of this rank and ends the program."""
        print(json.dumps({"rank": self.rank, "ranks": self.size, "backend": self.backend,
                          "library": loaded_nccl() if self.on_gpu else "", "right": self.right,
                          "wrong": self.wrong, "skipped": self.skipped,
                          "figures": self.figures} | more), flush=True)
        sys.exit(1 if self.wrong else 0)


def arguments(text: str) -> argparse.ArgumentParser:
    """The options that every program of this folder has."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--backend", choices=("nccl", "gloo"), default="nccl",
                        help="nccl on CUDA tensors (default), or gloo on the CPU")
    parser.add_argument("--only", default="", help="parts to run, comma-separated (default: all)")
    return parser


def run_parts(ranks: Ranks, parts: list, only: str) -> None:
    """Runs `parts`, or those whose names `only` lists, and ends the program."""
    wanted = set(only.split(",")) if only else {part.__name__ for part in parts}
    if unknown := wanted - {part.__name__ for part in parts}:
        sys.exit(f"no such part: {', '.join(sorted(unknown))}")
    for part in parts:
        if part.__name__ in wanted:
            ranks.part(part)
    ranks.finish()
