# SPDX-License-Identifier: Apache-2.0
"""The tests that need an NVIDIA GPU: stand-in slices (mps:4) end to end. See scripts/gpu-test.

usage: run.py PROGRAM STATE_FOLDER OUT_FOLDER
Each check prints PASS, FAIL or SKIP(cause); the last line counts them.
"""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

import nccl_checks
from suite import Failure, Skip, Suite, daemons_of, is_alive, require, wait_until

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MPS = ("--devices", "mps:4")
MIB = 1 << 20


def slices_of(suite: Suite, *options: str) -> list[dict]:
    host = json.loads(suite.septet("list", "--json", *options))
    return [slice_ for gpu in host["gpus"] for slice_ in gpu["slices"]]


def list_shows_gpus(suite: Suite) -> str:
    text = subprocess.run(["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"], check=True,
                          capture_output=True, text=True, timeout=60).stdout
    expected = set(text.split())
    found = {gpu["uuid"] for gpu in json.loads(suite.septet("list", "--json"))["gpus"]}
    require(found == expected, f"septet list has {found}, nvidia-smi has {expected}")
    return suite.septet("list").strip().replace("\n", "\n      ")


def list_cuts_gpus(suite: Suite) -> str:
    slices = [s for s in slices_of(suite, *MPS) if s["kind"] == "mps"]
    gpus = {s["gpu_uuid"] for s in slices}
    require(len(slices) == 4 * len(gpus) > 0, f"{len(slices)} stand-ins of {len(gpus)} GPUs")
    first = slices[0]
    return (f"{first['uuid']}: {first['profile']}, {first['memory_bytes'] // MIB} MiB, "
            f"{first['multiprocessors']} SMs")


def seen_by_ranks(suite: Suite) -> list[dict]:
    seen = suite.records("run", "-n", "4", "--same-gpu", *MPS, "--", suite.python,
                         HERE / "see_device.py")
    require(len(seen) == 4, f"{len(seen)} of 4 ranks answered")
    return seen


def cuda_shows_the_slice(suite: Suite) -> str:
    listed = {s["uuid"]: s for s in slices_of(suite, *MPS)}
    seen = seen_by_ranks(suite)
    require(len({rank["slice"] for rank in seen}) == 4, "two ranks have one slice")
    for rank in seen:
        require(rank["devices"] == 1, f"rank {rank['rank']} sees {rank['devices']} devices")
        expected = listed[rank["slice"]]["multiprocessors"]
        require(rank["multiprocessors"] == expected,
                f"CUDA shows {rank['multiprocessors']} SMs, septet list {expected}; {rank['mps']}")
    return f"{seen[0]['name']}: {seen[0]['multiprocessors']} SMs in each rank"


def cuda_shows_the_memory(suite: Suite) -> str:
    rank = seen_by_ranks(suite)[0]
    promised, total, free = (rank[name] // MIB for name in
                             ("promised_bytes", "mem_get_info_total", "mem_get_info_free"))
    figures = f"promised {promised} MiB; cudaMemGetInfo: total {total}, free {free} MiB"
    # The total stays the GPU's own under a limit (seen on an H200, driver 580); what is free is
    # the limit less the client's own context.
    require(promised * 0.97 < free <= promised, figures + "; limit " +
            rank["mps"].get("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "unset"))
    return figures


def check_agrees(suite: Suite) -> str:
    """septet check asks CUDA itself; PyTorch in the same rank must say the same."""
    ranks = suite.records("run", "-n", "4", "--same-gpu", *MPS, "--", suite.python,
                          HERE / "compare_check.py", suite.program)
    require(len(ranks) == 4, f"{len(ranks)} of 4 ranks answered")
    for rank in ranks:
        require(rank["check"] == rank["torch"], f"check and PyTorch differ: {rank}")
        require(not rank["mistakes"], f"check finds {rank['mistakes']}; {rank['check']}")
    return f"rank 0: {ranks[0]['check']}"


def ddp_trains(suite: Suite) -> str:
    found = suite.records("run", "-n", "4", *MPS, "--", suite.python, HERE / "ddp_gloo.py",
                          limit=180)
    require(len(found) == 1, f"{len(found)} reports")
    report = found[0]
    require(report["ranks"] == 4 and report["last_loss"] < report["first_loss"] / 2, str(report))
    require(report["between_ranks"] == 0.0, f"ranks differ: {report}")
    require(report["from_single"] < 1e-4, f"not what one process gives: {report}")
    return str(report)


def require_package(suite: Suite) -> None:
    probe = subprocess.run([suite.python, "-c", "import septet"], env=suite.environment,
                           capture_output=True, text=True, timeout=60)
    if probe.returncode != 0:
        raise Skip(f"{suite.python} cannot load the package of this build: {probe.stderr[-80:]}")


def data_parallel_training(suite: Suite) -> str:
    """Example 4 with PyTorch: four slices learn what one process learns, to the last bit."""
    script = ROOT / "examples/04_data_parallel/run.sh"
    require_package(suite)
    text = suite.run(script, "--torch", limit=120, SEPTET_DEVICES="mps:4",
                     SEPTET_BIN=str(suite.program.parent), SEPTET_GPU_PYTHON=suite.python)
    last = text.strip().splitlines()[-1]
    require(last.endswith("to the last bit") and "(cuda)" in last, text)
    return last


def collectives_of_torch(suite: Suite) -> str:
    require_package(suite)
    found = suite.records("run", "-n", "4", *MPS, "--", suite.python,
                          HERE / "torch_collectives.py", limit=180)
    require([rank["right"] for rank in found] == [54] * 4, f"not all ranks were right: {found}")
    return f"{found[0]['right']} results on each of 4 ranks"


def memory_limit_holds(suite: Suite) -> str:
    found = suite.records("run", "-n", "4", "--same-gpu", *MPS, "--", suite.python,
                          HERE / "fill_memory.py")
    require(len(found) == 4, f"{len(found)} of 4 ranks answered")
    greedy, others = found[1], [found[0], *found[2:]]
    require(not greedy["taken"], f"got more than its limit: {greedy}")
    require(all(rank["taken"] for rank in others), f"others were refused their own: {others}")
    require(all(rank["works"] for rank in found), f"a rank no longer works: {found}")
    return f"{greedy['asked'] // MIB} MiB refused of {greedy['limit'] // MIB}; the others unharmed"


def daemon_ends(suite: Suite) -> str:
    seconds = wait_until(20, lambda: not daemons_of(suite.state))
    require(seconds is not None, f"still there: {daemons_of(suite.state)}")
    return f"gone {seconds:.2f} s after this check began"


def hold_devices(suite: Suite, count: int) -> tuple[subprocess.Popen, list[int]]:
    """A job of ranks that have a context and wait."""
    job = suite.start(suite.program, "run", "-n", str(count), *MPS, "--quiet", "--", suite.python,
                      HERE / "hold_device.py")
    pids = []
    while len(pids) < count:
        line = job.stdout.readline()
        if not line:
            raise Failure(f"the job ended: {job.communicate()[1][-800:]}")
        if line.startswith("ready"):
            pids.append(int(line.split()[1]))
    return job, pids


def two_leases_share_one_daemon(suite: Suite) -> str:
    first, _ = hold_devices(suite, 2)
    before = daemons_of(suite.state)
    second, pids = hold_devices(suite, 2)
    after = daemons_of(suite.state)
    first.terminate()
    first.communicate(timeout=30)
    still = all(is_alive(pid) for pid in pids)
    second.terminate()
    second.communicate(timeout=30)
    require(set(before) == set(after), f"daemons {before}, then {after}")
    require(still, "ranks of the second lease died with the first")
    return f"processes {sorted(before)} serve both"


def killed_launcher_leaves_nothing(suite: Suite) -> str:
    job, pids = hold_devices(suite, 4)
    os.kill(job.pid, signal.SIGKILL)
    ranks = wait_until(10, lambda: not any(map(is_alive, pids)))
    job.communicate(timeout=30)
    require(ranks is not None, f"ranks live on: {[pid for pid in pids if is_alive(pid)]}")
    daemon = wait_until(20, lambda: not daemons_of(suite.state))
    require(daemon is not None, f"the daemon lives on: {daemons_of(suite.state)}")
    held = [s["uuid"] for s in slices_of(suite, *MPS) if s["holder"]]
    require(not held, f"still leased: {held}")
    return f"ranks gone after {ranks:.2f} s, the daemon {daemon:.2f} s later"


def digits_sweep(suite: Suite) -> str:
    script = ROOT / "examples/01_digits/sweep.sh"
    if not script.exists():
        raise Skip("no examples/01_digits here")
    out = suite.run(script, suite.state / "digits", limit=150, SEPTET_DEVICES="mps:4",
                    SEPTET_BIN=str(suite.program.parent))
    return out.strip().splitlines()[-1]


def cnn_sweep(suite: Suite) -> str:
    """Twenty-one trainings on seven stand-ins; the report goes beside the outcomes."""
    script = ROOT / "examples/03_cnn_sweep/sweep.sh"
    if not script.exists():
        raise Skip("no examples/03_cnn_sweep here")
    folder = suite.state / "cnn"
    suite.run(script, folder, limit=240, SEPTET_DEVICES="mps:7",
              SEPTET_BIN=str(suite.program.parent), SEPTET_GPU_PYTHON=suite.python)
    for name in ("report.html", "results.csv"):
        shutil.copy(folder / name, suite.out / f"cnn-{name}")
    with open(folder / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    require([row["outcome"] for row in rows] == ["done"] * 21, f"{rows}")
    require(len({row["position"] for row in rows}) == 7, "not all seven stand-ins were used")
    require(all(float(row["on_gpu"]) == 1 for row in rows), "a trial trained on the CPU")
    best = max(float(row["accuracy"]) for row in rows)
    slowest = max(float(row["seconds"]) for row in rows)
    require(best > 0.97, f"the best accuracy is {best}")
    return f"21 trials, best accuracy {best:.4f}, slowest {slowest:.1f} s; cnn-report.html"


def seed_script_under_hold(suite: Suite, name: str, results: int) -> str:
    """A user's own script, unchanged, with a train.py that needs a GPU."""
    script = ROOT / "tests/seed" / name
    if not script.exists():
        raise Skip(f"no {name} here")
    folder = suite.state / name
    folder.mkdir()
    # No link: through one, an interpreter of a virtual environment loses its packages.
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{shutil.which(suite.python)}" "$@"\n')
    python.chmod(0o755)
    (folder / "train.py").write_text((HERE / "seed_train.py").read_text())
    command = f"cd {folder} && PATH={folder}:$PATH bash {script}"
    suite.septet("hold", "-n", "4", "--same-gpu", *MPS, "--", "sh", "-c", command, limit=120)
    found = [json.loads(file.read_text()) for file in folder.glob("seen_*.json")]
    require(len(found) == results, f"{len(found)} of {results} trainings ended well")
    require(all(one["on_gpu"] for one in found), str(found))
    shares = {one["multiprocessors"] for one in found}
    return f"{results} trainings, each with {shares} SMs"


def run_inside_hold(suite: Suite) -> str:
    inner = f"{suite.program} run -n 4 -- {suite.python} {HERE / 'see_device.py'}"
    lines = suite.septet("hold", "-n", "4", *MPS, "--", "sh", "-c", inner).splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    require(len({rank["slice"] for rank in found}) == 4, f"{found}")
    return f"{found[0]['multiprocessors']} SMs in each rank, on four slices"


def time_of_list(suite: Suite) -> str:
    figures = []
    for shares in (1, 2, 4, 8, 16, 48):
        samples = []
        for _ in range(5):
            start = time.monotonic()
            suite.septet("list", "--json", "--devices", f"mps:{shares}")
            samples.append(1000 * (time.monotonic() - start))
        figures.append(f"mps:{shares} {statistics.median(samples):.0f} ms")
    return ", ".join(figures)


def bench_is_right(suite: Suite) -> str:
    """Small all-reduces on device buffers, each element compared."""
    try:
        text = suite.septet("bench", "all_reduce", "-n", "4", "--same-gpu", *MPS, "--buffers",
                            "device", "--sizes", "8:4M:64", "--check", "--graph", "--json", "-")
    except Failure as failure:
        if "built without CUDA" in str(failure):
            raise Skip("the program was built without CUDA") from failure
        raise
    rows = json.loads(text)["rows"]
    require(all(row[form]["wrong"] == 0 for row in rows for form in ("out_of_place", "in_place")),
            f"wrong or refused: {text[:2000]}")
    return ", ".join(f"{row['library']} {row['bytes']} B {row['in_place']['time_us']:.0f} us"
                     for row in rows)


CHECKS = [
    ("septet list shows the GPUs that nvidia-smi shows", list_shows_gpus),
    ("septet list --devices mps:4 cuts each GPU into four", list_cuts_gpus),
    ("CUDA shows each rank one device with the SMs of its slice", cuda_shows_the_slice),
    ("cudaMemGetInfo shows each rank the memory of its slice", cuda_shows_the_memory),
    ("septet check in each rank agrees with cudaMemGetInfo and the SM count", check_agrees),
    ("the daemon is gone after the last lease", daemon_ends),
    ("PyTorch DDP over Gloo trains on four slices as one process does", ddp_trains),
    ("septet.Communicator takes CUDA tensors of PyTorch on their stream", collectives_of_torch),
    ("data-parallel training with PyTorch equals one process to the last bit",
     data_parallel_training),
    ("septet bench finds all-reduce right on device buffers", bench_is_right),
    *nccl_checks.CHECKS,
    ("memory over the limit is refused to its rank only", memory_limit_holds),
    ("two leases of one GPU share one daemon", two_leases_share_one_daemon),
    ("kill -9 of the launcher leaves no process, daemon or lease", killed_launcher_leaves_nothing),
    ("the digits demo trains on stand-ins", digits_sweep),
    ("a sweep of PyTorch CNNs trains on seven stand-ins", cnn_sweep),
    ("hyperparameter_sweep.sh runs unchanged under septet hold",
     lambda suite: seed_script_under_hold(suite, "hyperparameter_sweep.sh", 4)),
    ("ensemble_train.sh runs unchanged under septet hold",
     lambda suite: seed_script_under_hold(suite, "ensemble_train.sh", 4)),
    ("septet run inside septet hold shares out what is held", run_inside_hold),
    ("septet list is quick for any number of stand-ins", time_of_list),
    ("the daemon is gone at the end", daemon_ends),
]


def cause_to_skip(python: str) -> str | None:
    """Why nothing can be tried on this machine, if so."""
    smi = shutil.which("nvidia-smi")
    if not smi or subprocess.run([smi, "-L"], capture_output=True, timeout=60).returncode != 0:
        return "no NVIDIA GPU"
    if not shutil.which("nvidia-cuda-mps-control"):
        return "no nvidia-cuda-mps-control"
    probe = [python, "-c", "import torch; assert torch.cuda.is_available()"]
    if subprocess.run(probe, capture_output=True, timeout=120).returncode != 0:
        return f"{python} has no PyTorch with CUDA"
    return None


def main() -> int:
    program, state, out = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
    suite = Suite(program, os.environ.get("SEPTET_GPU_PYTHON", "python3"), state, out)
    cause = cause_to_skip(suite.python)

    def skip(_: Suite) -> str:
        raise Skip(cause)

    for name, action in CHECKS:
        if re.search(os.environ.get("CHECKS", ""), name):
            suite.check(name, skip if cause else action)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
