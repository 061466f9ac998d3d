# SPDX-License-Identifier: Apache-2.0
"""Runs functions of a test as the ranks of a communicator, each in a process of its own."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import septet

PROGRAM = os.environ["SEPTET_PROGRAM"]
HERE = pathlib.Path(__file__).parent
SLICES = "sim:a100-40gb:4x1g.10gb"
PATIENCE = 120  # Seconds for what takes a moment: the machine may be busy.

# Writes what the function answers to a file of the rank: lines of several ranks may mix.
CALL = """
import importlib, json, os, pathlib, sys
import septet
folder, module, name, arguments = json.loads(sys.argv[1])
with septet.Communicator.from_env(meeting_limit=60) as ranks:
    rank = ranks.rank
    answer = getattr(importlib.import_module(module), name)(ranks, *arguments)
pathlib.Path(folder, f"answer.{rank}").write_text(json.dumps(answer))
"""


def environment(folder, **more):
    """This process's own, without a launcher that may be around it."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("SEPTET_", "OMPI_", "PMI"))}
    paths = f"{HERE}:{os.environ['PYTHONPATH']}"
    return kept | {"SEPTET_STATE": f"{folder}/state", "SEPTET_DEVICES": SLICES,
                   "PYTHONPATH": paths, "SEPTET_PROGRAM": PROGRAM} | more


def run_ranks(launcher, function, *arguments):
    """What each rank answers, by rank, when `launcher` starts them; what they answer is JSON."""
    with tempfile.TemporaryDirectory() as folder:
        call = json.dumps([folder, function.__module__, function.__name__, arguments])
        done = subprocess.run([*launcher, sys.executable, "-c", CALL, call], cwd=folder,
                              env=environment(folder), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(path.read_text())
                for path in sorted(pathlib.Path(folder).glob("answer.*"))]


def on_slices(ranks, function, *arguments):
    """`function(communicator, *arguments)` on each of so many simulated slices."""
    return run_ranks([PROGRAM, "run", "-q", "-n", str(ranks), "--"], function, *arguments)


def start_rank(rank, size, token, body, **more):
    """A process that no launcher watches over: rank `rank` of `size`, running `body`.

    `body` finds the communicator as `ranks`, and prints lines.
    """
    join = ("import os, sys, threading, time, signal, numpy as np, septet\n"
            f"ranks = septet.Communicator({rank}, {size}, {token!r}, meeting_limit=60)\n")
    return subprocess.Popen([sys.executable, "-u", "-c", join + body], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=environment("/nonexistent"),
                            **more)


def start_group(*bodies):
    """A rank for each body."""
    token = septet.random_token()
    return [start_rank(rank, len(bodies), token, body) for rank, body in enumerate(bodies)]


def finish(process):
    """Status, stdout and stderr."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, out, err
