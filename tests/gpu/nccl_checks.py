# SPDX-License-Identifier: Apache-2.0
"""Checks of run.py in which stock programs have our libnccl.so.2: the short ones of nccl/.

The long ones are started by hand: nccl/torch_models.py, nccl/nccl_perf.py (NVIDIA's nccl-tests) and
nccl/pytorch_own_tests.py (PyTorch's, on two GPUs).
"""

import json
import pathlib
import subprocess

from suite import Skip, Suite, require

PROGRAMS = pathlib.Path(__file__).resolve().parent / "nccl"
# Of torch_training.py: without the parts that compile or fill the memory of all slices.
SHORT = "data_parallel,accumulated,compressed,graphed,fully_sharded,tensor_parallel,pipeline"


def library_of(suite: Suite) -> pathlib.Path:
    """Our library beside the program, or why nothing can be tried with it."""
    library = suite.program.parent.parent / "lib/septet/libnccl.so.2"
    if not library.exists():
        raise Skip(f"no {library}")
    if "--collectives" not in suite.septet("run", "--help"):
        raise Skip("this septet run has no --collectives")
    return library


def need(suite: Suite, module: str) -> None:
    probe = subprocess.run([suite.python, "-c", f"import {module}"], capture_output=True, text=True,
                           timeout=60)
    if probe.returncode != 0:
        raise Skip(f"{suite.python} cannot import {module}")


def ranks_are_right(suite: Suite, name: str, *options: str, limit: float = 150,
                    job: tuple[str, ...] = ()) -> list[dict]:
    """Four ranks of a program of nccl/; each must have loaded our library and found all right."""
    library = library_of(suite)
    found = suite.records("run", "-n", "4", "--same-gpu", "--devices", "mps:4", "--collectives",
                          "septet", *job, "--", suite.python, PROGRAMS / name, *options,
                          limit=limit)
    require(len(found) == 4, f"{len(found)} of 4 ranks answered")
    for rank in found:
        require(rank["right"] > 0 and not rank["wrong"], f"{rank}")
        loaded = {pathlib.Path(file).resolve() for file in rank["library"].split(", ") if file}
        require(loaded == {library.resolve()}, f"rank {rank['rank']} loaded {rank['library']}")
    return found


def remark(found: list[dict]) -> str:
    skipped = found[0].get("skipped") or {}
    return f"{found[0]['right']} results right on each of 4 ranks" + "".join(
        f"; {part} skipped: {cause}" for part, cause in skipped.items())


def torch_collectives(suite: Suite) -> str:
    return remark(ranks_are_right(suite, "torch_collectives.py"))


def torch_training(suite: Suite) -> str:
    return remark(ranks_are_right(suite, "torch_training.py", "--only", SHORT))


def torch_large(suite: Suite) -> str:
    found = ranks_are_right(suite, "torch_training.py", "--only", "larger_than_a_slice", limit=240)
    figures = found[0]["figures"]
    return (f"{figures['large_gib']} GiB on slices of {figures['slice_gib']} GiB, at most "
            f"{figures['peak_gib']} GiB in use, {figures['larger_than_a_slice_seconds']} s")


def torch_faults(suite: Suite) -> str:
    found = ranks_are_right(suite, "torch_faults.py", "--only", "killed,mismatched,aborted")
    return "; ".join(f"rank {rank['rank']} {rank['figures']['killed']['seconds']} s: "
                     f"{rank['figures']['killed']['text'][-160:]}" for rank in found)


def torch_restart(suite: Suite) -> str:
    library_of(suite)
    found = suite.records("run", "-n", "4", "--same-gpu", "--devices", "mps:4", "--collectives",
                          "septet", "--max-restarts", "1", "--", suite.python,
                          PROGRAMS / "torch_faults.py", "--only", "restarted", limit=120)
    through = [rank for rank in found if rank.get("came_through")]
    require(len(through) == 4, f"{len(through)} of 4 ranks came through")
    return "all came through after the restart"


def frameworks(suite: Suite) -> str:
    need(suite, "lightning, accelerate, deepspeed")
    return remark(ranks_are_right(suite, "frameworks.py", job=("--ranks", "node")))


def jax_collectives(suite: Suite) -> str:
    need(suite, "jax")
    return remark(ranks_are_right(suite, "jax_collectives.py"))


def cupy_collectives(suite: Suite) -> str:
    need(suite, "cupyx.distributed")
    return remark(ranks_are_right(suite, "cupy_collectives.py"))


def xgboost_training(suite: Suite) -> str:
    """On whole GPUs: XGBoost refuses ranks that share one, whatever its NCCL."""
    library_of(suite)
    need(suite, "xgboost")
    gpus = len(json.loads(suite.septet("list", "--json"))["gpus"])
    if gpus < 2:
        raise Skip("XGBoost wants a GPU for each rank, and there is one")
    for words in ((), ("--nccl", library_of(suite))):
        found = suite.records("run", "-n", "2", "--collectives", "septet", "--", suite.python,
                              PROGRAMS / "xgboost_training.py", *words, limit=120)
        require([rank["right"] for rank in found] == [1, 1], f"{found}")
    return f"same trees: {found[0]['figures']['same_trees']}, by {found[0]['library']}"


CHECKS = [
    ("stock PyTorch has every collective on our libnccl", torch_collectives),
    ("stock PyTorch trains on our libnccl as one process does", torch_training),
    ("FSDP2 trains a model that one slice cannot hold", torch_large),
    ("a killed rank, a mismatch and an abort end in errors that name the rank", torch_faults),
    ("a job whose rank was killed comes through after its restart", torch_restart),
    ("Lightning, accelerate and DeepSpeed train on our libnccl as one process does", frameworks),
    ("JAX has its collectives on our libnccl", jax_collectives),
    ("CuPy has its collectives on our libnccl", cupy_collectives),
    ("XGBoost trains on our libnccl what one process learns", xgboost_training),
]
