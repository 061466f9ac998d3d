# SPDX-License-Identifier: Apache-2.0
"""One rank of PyTorch's Gloo beside a rank of septet bench: one request a line on stdin, one answer
a line on stdout. Data lies in memory that both map; the other process fills it and judges it.
"""

import contextlib
import datetime
import json
import mmap
import os
import sys
import time
import warnings

LIMIT = datetime.timedelta(seconds=60)  # For a call, and for the others to come.
REDUCTIONS = {"sum": "SUM", "prod": "PRODUCT", "max": "MAX", "min": "MIN", "avg": "AVG"}
TYPES = {"float8_e4m3": "float8_e4m3fn"}  # Where PyTorch's name is another.


class StartLine:
    """Where ranks begin together: a word of each in a file that all map. A process that waits gives
    its core away at every look."""

    def __init__(self, path, rank, ranks):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(file, 8 * ranks)
        self.words = memoryview(mmap.mmap(file, 8 * ranks)).cast("Q")
        os.close(file)
        self.rank = rank
        self.round = 0

    def meet(self):
        self.round += 1
        self.words[self.rank] = self.round
        end = time.monotonic() + LIMIT.total_seconds()
        while min(self.words) < self.round:
            os.sched_yield()
            if time.monotonic() > end:
                raise RuntimeError("the other ranks do not come to the start")


class Group:
    """The ranks as torch.distributed has them, and the call that is measured."""

    def __init__(self, torch, distributed, place):
        self.torch = torch
        self.distributed = distributed
        self.rank = place["rank"]
        self.ranks = place["ranks"]
        self.folder = place["folder"]
        self.memory = place["memory"]
        self.on_device = place["on_device"]
        self.start = StartLine(os.path.join(self.folder, "gloo.start"), self.rank, self.ranks)
        self.call = None

    def join(self, number):
        if self.distributed.is_initialized():
            self.distributed.destroy_process_group()
        file = os.path.join(self.folder, f"gloo.{number}")
        self.distributed.init_process_group("gloo", init_method=f"file://{file}", timeout=LIMIT,
                                            rank=self.rank, world_size=self.ranks)

    def tensor(self, mapped, place, dtype):
        offset, count = place
        # Of an ignored buffer one element, as other libraries get.
        return self.torch.frombuffer(mapped, dtype=dtype, count=max(1, count), offset=offset)

    def begin(self, case):
        """Makes ready for a case, calls once, and has the outcome in the shared memory."""
        name = TYPES.get(case["type"], case["type"])
        dtype = getattr(self.torch, name, None)
        if dtype is None:
            raise RuntimeError(f"PyTorch {self.torch.__version__} has no type {name}")
        mapped = mmap.mmap(self.memory, 0)
        send, recv = (self.tensor(mapped, case[way], dtype) for way in ("send", "recv"))
        held = recv
        if self.on_device:
            send, recv = self.on_card(send, recv)
        self.call = getattr(self, case["collective"])(send, recv, case)
        self.call()
        self.wait()
        if self.on_device:
            held.copy_(recv)

    def on_card(self, send, recv):
        """The two on the device; where they overlap on the host (in place), they do there."""
        first, last = sorted((send, recv), key=lambda each: each.data_ptr())
        apart = (last.data_ptr() - first.data_ptr()) // first.element_size()
        if apart >= first.numel():
            return send.cuda(), recv.cuda()
        whole = (first if first.numel() >= last.numel() else last).cuda()
        pieces = {id(first): whole[:first.numel()], id(last): whole[apart:apart + last.numel()]}
        return pieces[id(send)], pieces[id(recv)]

    def wait(self):
        if self.on_device:
            self.torch.cuda.synchronize()

    def back_to_back(self, calls):
        self.start.meet()
        begin = time.perf_counter_ns()
        for _ in range(calls):
            self.call()
        self.wait()
        return (time.perf_counter_ns() - begin) / 1e3 / calls

    def alone(self, calls):
        samples = []
        for _ in range(calls):
            self.start.meet()
            begin = time.perf_counter_ns()
            self.call()
            self.wait()
            samples.append((time.perf_counter_ns() - begin) / 1e3)
        return samples

    # What follows makes a function of each collective, which is then called again and again. What
    # torch.distributed does in place only is copied first, as a program would have to.

    def reduction(self, case):
        return getattr(self.distributed.ReduceOp, REDUCTIONS[case["reduction"]])

    def parts(self, tensor):
        return list(tensor.chunk(self.ranks))

    def all_reduce(self, send, recv, case):
        how = self.reduction(case)

        def call():
            if send.data_ptr() != recv.data_ptr():
                recv.copy_(send)
            self.distributed.all_reduce(recv, how)
        return call

    def reduce(self, send, recv, case):
        how = self.reduction(case)
        if self.rank == 0:
            own = recv
        elif send.data_ptr() == recv.data_ptr():
            own = send
        else:  # Room for what Gloo writes on the way.
            own = send.clone()

        def call():
            if send.data_ptr() != own.data_ptr():
                own.copy_(send)
            self.distributed.reduce(own, 0, how)
        return call

    def broadcast(self, send, recv, case):
        def call():
            if self.rank == 0 and send.data_ptr() != recv.data_ptr():
                recv.copy_(send)
            self.distributed.broadcast(recv, 0)
        return call

    def all_gather(self, send, recv, case):
        return lambda: self.distributed.all_gather(self.parts(recv), send)

    def reduce_scatter(self, send, recv, case):
        how = self.reduction(case)
        entry = getattr(self.distributed, "reduce_scatter_tensor", None)
        if entry is None:
            entry = self.distributed._reduce_scatter_base
        return lambda: entry(recv, send, how)

    def all_to_all(self, send, recv, case):
        return lambda: self.distributed.all_to_all_single(recv, send)

    def gather(self, send, recv, case):
        parts = self.parts(recv) if self.rank == 0 else None
        return lambda: self.distributed.gather(send, parts, dst=0)

    def scatter(self, send, recv, case):
        parts = self.parts(send) if self.rank == 0 else None
        return lambda: self.distributed.scatter(recv, parts, src=0)

    def send_recv(self, send, recv, case):
        after, before = (self.rank + 1) % self.ranks, (self.rank - 1) % self.ranks

        def call():
            sent = self.distributed.isend(send, after)
            self.distributed.recv(recv, before)
            sent.wait()
        return call


def load(place):
    """PyTorch, when it is there with what is asked for, and its version."""
    try:
        import torch
        import torch.distributed as distributed
    except ImportError as error:
        raise RuntimeError(f"{sys.executable}: {error}; install PyTorch there, or name a Python "
                           "that has it: --gloo=PYTHON") from None
    if not distributed.is_available() or not hasattr(distributed, "ProcessGroupGloo"):
        raise RuntimeError(f"PyTorch {torch.__version__} of {sys.executable} has no Gloo")
    if place["on_device"] and not torch.cuda.is_available():
        raise RuntimeError(f"PyTorch {torch.__version__} of {sys.executable} sees no CUDA device")
    version = ".".join(torch.__version__.split(".")[:2])
    return Group(torch, distributed, place), {"version": version}


def answer(group, request):
    """The group, which the first request makes, and what is answered."""
    op = request.pop("op")
    if op == "load":
        return load(request)
    if op == "join":
        return group, {"joined": group.join(request["group"])}
    if op == "begin":
        return group, {"begun": group.begin(request)}
    return group, {"us": getattr(group, op)(request["calls"])}


def main():
    # Whatever a library prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    group = None
    for line in sys.stdin:
        try:
            group, found = answer(group, json.loads(line))
        except Exception as error:  # Of any library: its first line is told on.
            found = {"error": (str(error).strip() or repr(error)).splitlines()[0]}
        with contextlib.suppress(BrokenPipeError):
            answers.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
