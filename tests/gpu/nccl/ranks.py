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

# Of a collective; and of what ranks say to each other through the store, which may take long where
# many programs start on few cores.
LIMIT = datetime.timedelta(seconds=60)
STORE_LIMIT = datetime.timedelta(seconds=240)


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

    def __init__(self, options: argparse.Namespace):
        self.backend = options.backend
        self.on_gpu = (options.device or {"nccl": "cuda", "gloo": "cpu"}[self.backend]) == "cuda"
        self.store, self.rank, self.size = next(dist.rendezvous("env://", timeout=STORE_LIMIT))
        self.device = torch.device("cpu")
        if self.on_gpu:
            # One visible device a rank under septet run, several under torchrun.
            index = int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count()
            self.device = torch.device("cuda", index)
        self.right, self.wrong, self.skipped, self.figures = 0, [], {}, {}
        self.deadline = time.monotonic() + options.budget

    def part(self, action, in_group: bool = True) -> None:
        """Runs `action(self)`, in a new default group. What it raises is counted as wrong."""
        name, start = action.__name__, time.monotonic()
        try:
            if in_group:
                self.open(name)
            action(self)
            self.finish_work()
        except Skip as skip:
            self.skipped[name] = str(skip)
        except Exception as error:
            traceback.print_exc()
            self.wrong.append(f"{name}: {type(error).__name__}: {str(error)[:400]}")
            if dist.is_initialized():
                dist.distributed_c10d._abort_process_group()
        if dist.is_initialized():
            dist.destroy_process_group()
        self.figures[f"{name}_seconds"] = round(time.monotonic() - start, 2)

    def has_time(self, name: str) -> bool:
        """Whether the budget allows another part, by the clock of rank 0: all begin it or none."""
        key = f"time for {name}"
        if self.rank == 0:
            self.store.set(key, str(time.monotonic() < self.deadline))
        return self.store.get(key) == b"True"

    def open(self, name: str) -> None:
        """Makes the default group; `name` keeps its keys in the store apart from other groups'."""
        if self.on_gpu:
            torch.cuda.set_device(self.device)
        bound = {"device_id": self.device} if self.backend == "nccl" else {}
        dist.init_process_group(self.backend, store=dist.PrefixStore(name, self.store),
                                rank=self.rank, world_size=self.size, timeout=LIMIT, **bound)

    def finish_work(self) -> None:
        """Waits for this device, if the program has used one."""
        if self.on_gpu and torch.cuda.is_initialized():
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

    def leave_together(self) -> None:
        """Rank 0 has the store that others may still read: it leaves last."""
        self.store.set(f"rank {self.rank} left", "1")
        if self.rank == 0:
            self.store.wait([f"rank {rank} left" for rank in range(self.size)])

    def finish(self) -> None:
        """Prints the record of this rank and ends the program."""
        print(json.dumps({"rank": self.rank, "ranks": self.size, "backend": self.backend,
                          "library": loaded_nccl() if self.backend == "nccl" else "",
                          "right": self.right,
                          "wrong": self.wrong, "skipped": self.skipped,
                          "figures": self.figures}), flush=True)
        self.leave_together()
        sys.exit(1 if self.wrong else 0)


def arguments(text: str) -> argparse.ArgumentParser:
    """The options that every program of this folder has."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--backend", choices=("nccl", "gloo"), default="nccl",
                        help="who moves the data (default: nccl)")
    parser.add_argument("--device", choices=("cuda", "cpu"),
                        help="where tensors are (default: cuda for nccl, cpu for gloo)")
    parser.add_argument("--only", default="", help="parts to run, comma-separated (default: all)")
    parser.add_argument("--budget", type=float, default=600,
                        help="seconds, then no part is begun (default: 600)")
    return parser


def run_parts(ranks: Ranks, parts: list, only: str, in_group: bool = True) -> None:
    """Runs `parts`, or those whose names `only` lists, and ends the program."""
    wanted = set(only.split(",")) if only else {part.__name__ for part in parts}
    if unknown := wanted - {part.__name__ for part in parts}:
        sys.exit(f"no such part: {', '.join(sorted(unknown))}")
    for part in parts:
        if part.__name__ not in wanted:
            continue
        if ranks.has_time(part.__name__):
            ranks.part(part, in_group)
        else:
            ranks.skipped[part.__name__] = "no time left"
    ranks.finish()
