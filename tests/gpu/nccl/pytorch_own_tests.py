# SPDX-License-Identifier: Apache-2.0
"""Runs PyTorch's own tests with several libnccl and makes a table of what differs.

    pytorch_own_tests.py --run nvidia --run septet LD_PRELOAD=$PWD/libnccl.so.2
    pytorch_own_tests.py --file pytorch/test/distributed/test_c10d_nccl.py --run nvidia --run …

Without --file these are the tests that the wheel brings along. They want one GPU a rank and the
package expecttest. Each test is a process of its own with a time limit, several at once; it is run
with all libraries before the next, so that what a budget allows can be compared. Nothing of PyTorch
is changed. Ends with 1 if a test that the first library passes fails with another.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

SHIPPED = pathlib.Path(__file__).with_name("pytorch_shipped_tests.py")

# What is begun first where a budget is short: by names of classes.
ORDER = ("Comm|Collective", "Group|Init|Error", "Hook|Sparse|Shipped|Spawn", "Parallel", "Trace")

# Each test, with the number of GPUs below which it skips itself: what skip_if_lt_x_gpu was given,
# which the function that it returns has as its variable x.
LIST = """
import runpy, sys, unittest
sys.argv = sys.argv[1:]
names = runpy.run_path(sys.argv[0], run_name="listed")

def gpus_of(test):
    most = 0
    while test:
        code, cells = getattr(test, "__code__", None), getattr(test, "__closure__", None) or ()
        found = dict(zip(code.co_freevars, cells)) if code else {}
        if "x" in found and isinstance(found["x"].cell_contents, int):
            most = max(most, found["x"].cell_contents)
        test = getattr(test, "__wrapped__", None)
    return most

for name, kind in sorted(names.items()):
    is_test = isinstance(kind, type) and issubclass(kind, unittest.TestCase)
    if is_test and kind.__module__ == "listed":
        for test in unittest.TestLoader().getTestCaseNames(kind):
            print("test:", name + "." + test, gpus_of(getattr(kind, test)))
import torch
print("gpus:", torch.cuda.device_count())
"""

# The library is loaded when torch is; the kernel's list of mappings says which file that was.
PROBE = """
import torch
files = {line.split()[-1] for line in open("/proc/self/maps") if "libnccl" in line}
print("nccl", torch.cuda.nccl.version() if torch.cuda.is_available() else "", *sorted(files))
"""


def environment_of(settings: dict[str, str], folder: str, options) -> dict[str, str]:
    paths = [str(options.file.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    # All ranks are on this host, whose own name need not resolve.
    return {"GLOO_SOCKET_IFNAME": "lo"} | os.environ | {
        "BACKEND": options.backend, "WORLD_SIZE": str(options.ranks), "TEMP_DIR": folder,
        "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(paths)} | settings


def ended(process: subprocess.Popen, limit: float) -> tuple[str, bool]:
    """What it wrote, and whether its time was over; then nothing of its session is left."""
    try:
        return process.communicate(timeout=limit)[0], False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], True


def outcome_of(text: str, status: int, over: bool) -> str:
    """One word for how a test ended. unittest closes with OK, or with FAILED and why; since Python
    3.12 it ends with 5 where all is skipped."""
    if over:
        return "time over"
    if status in (0, 5) and re.search(r"^(OK|NO TESTS RAN) \(skipped=", text, re.MULTILINE):
        return "skipped"
    if status == 0:
        return "ok"
    failed = re.search(r"^FAILED \((failures|errors)", text, re.MULTILINE)
    return {"failures": "failed", "errors": "error"}[failed[1]] if failed else f"died {status}"


def run_test(name: str, settings: dict[str, str], options, left: float) -> dict:
    """How a test ended. One that takes the seconds `left` and could take more has no outcome."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for inner in ("barrier", "test_dir"):
            (pathlib.Path(folder) / inner).mkdir()
        process = subprocess.Popen([sys.executable, str(options.file), name],
                                   env=environment_of(settings, folder, options), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   cwd=folder, start_new_session=True, errors="replace")
        text, over = ended(process, min(options.limit, left))
    outcome = "not run" if over and left < options.limit else outcome_of(
        text, process.returncode, over)
    said = "" if outcome == "ok" else text[-4000:]
    return {"outcome": outcome, "seconds": round(time.monotonic() - start, 1), "text": said}


def names_of(options) -> tuple[list[str], list[str]]:
    """The tests of the file that `--match` takes, the most telling first; and those of them that
    would skip themselves for want of GPUs."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "barrier").mkdir()
        listed = subprocess.run([sys.executable, "-c", LIST, str(options.file)], timeout=120,
                                capture_output=True, text=True,
                                env=environment_of({}, folder, options))
    if listed.returncode != 0:
        sys.exit(f"{options.file} cannot be loaded: {listed.stderr.strip().splitlines()[-1]}")
    lines = [line.split() for line in listed.stdout.splitlines()]
    gpus = next((int(words[1]) for words in lines if words[:1] == ["gpus:"]), 0)
    found = {words[1]: int(words[2]) for words in lines if words[:1] == ["test:"]
             and re.search(options.match, words[1])}
    wanted = sorted((name for name, needs in found.items() if needs <= gpus), key=place_of)
    return wanted, [name for name, needs in found.items() if needs > gpus]


def place_of(name: str) -> int:
    """Where a test stands: the first words of ORDER that its class has."""
    kind = name.partition(".")[0]
    return next((at for at, words in enumerate(ORDER) if re.search(words, kind)), len(ORDER))


def run_all(names: list[str], runs: dict[str, dict], options, keep) -> None:
    """Each test with each library; those that the budget has no time for are "not run"."""
    deadline = time.monotonic() + options.budget

    def one(name: str, run: str) -> None:
        left = deadline - time.monotonic()
        keep(name, run, {"outcome": "not run", "seconds": 0, "text": ""} if left <= 0 else
             run_test(name, runs[run], options, left + 20))

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for task in [pool.submit(one, name, run) for name in names for run in runs]:
            task.result()


def earlier(file: pathlib.Path | None, runs: dict[str, dict]) -> dict[str, dict[str, dict]]:
    """The outcomes that a run before has of each test with all of these libraries, but for what a
    machine with more to do may have kept from its end."""
    results = json.loads(file.read_text())["results"] if file else {}
    ran = [name for name, tests in results.items() if runs.keys() <= tests.keys()
           and all(tests[run]["outcome"] not in ("not run", "time over") for run in runs)]
    return {name: {run: results[name][run] for run in runs} for name in ran}


def probe(settings: dict[str, str]) -> str:
    found = subprocess.run([sys.executable, "-c", PROBE], env=os.environ | settings, text=True,
                           capture_output=True, timeout=120)
    return (found.stdout or found.stderr).strip().splitlines()[-1]


def cause_of(test: dict) -> str:
    """The last line of a failure that names one; of a parent that tells of its child only else."""
    lines = [line.strip() for line in test["text"].splitlines()]
    told = [line for line in lines if re.search(r"\w(Error|Exception)\b.*: |skipped ", line)
            and not re.search("exited with|Scalars are not equal", line)]
    return (told or [line for line in lines if re.search("[Ee]rror|exit code|Timed", line)]
            or [""])[-1][:130]


def is_worse(outcomes: list[str]) -> bool:
    return outcomes[0] == "ok" and any(word not in ("ok", "not run") for word in outcomes[1:])


def table(results: dict[str, dict[str, dict]], left: list[str]) -> str:
    """Each test whose outcomes differ, those that fail with every library, and how many of each."""
    lines, runs = [], list(next(iter(results.values())))
    failing = []
    for name, tests in results.items():
        outcomes = [tests[run]["outcome"] for run in runs]
        if len(set(outcomes) - {"not run"}) > 1:
            lines.append(f"differs: {name}: " + ", ".join(map(" ".join, zip(runs, outcomes))))
            lines += [f"    {run}: {cause_of(test)}" for run, test in tests.items()
                      if test["outcome"] not in ("ok", "not run")]
        elif outcomes[0] not in ("ok", "skipped", "not run"):
            failing.append(f"{name} ({outcomes[0]})")
    lines.append(f"fail with every library: {', '.join(failing) or '-'}")
    for run in runs:
        count = collections.Counter(tests[run]["outcome"] for tests in results.values())
        lines.append(f"{run}: " + ", ".join(f"{many} {word}" for word, many in sorted(
            count.items())))
    return "\n".join([*lines, f"{len(left)} tests left out, which want more GPUs"])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", action="append", nargs="+", required=True,
                        metavar=("NAME", "VARIABLE=VALUE"), help="a library, by what loads it")
    parser.add_argument("--file", type=lambda text: pathlib.Path(text).resolve(), default=SHIPPED,
                        help="a test file of PyTorch's sources, beside what it imports")
    parser.add_argument("--backend", default="nccl")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--match", default="", help="only tests whose name has this expression")
    parser.add_argument("--jobs", type=int, default=8, help="tests at once (default: 8)")
    parser.add_argument("--limit", type=float, default=60, help="seconds a test (default: 60)")
    parser.add_argument("--budget", type=float, default=240,
                        help="seconds, then no test is begun (default: 240)")
    parser.add_argument("--done", type=pathlib.Path,
                        help="what --out of a run before wrote: go on where that ended")
    parser.add_argument("--out", type=pathlib.Path, help="write all outcomes there, as JSON")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    (names, left), lock = names_of(options), threading.Lock()
    if not names:
        print("no test has such a name" + (f"; {len(left)} want more GPUs" if left else ""))
        return 1
    runs = {run: dict(word.split("=", 1) for word in words) for run, *words in options.run}
    results = earlier(options.done, runs)
    libraries = {run: probe(settings) for run, settings in runs.items()}
    for run, library in libraries.items():
        print(f"{run}: {library}; {len(names)} tests, {len(results)} done before", flush=True)

    def keep(name: str, run: str, outcome: dict) -> None:
        with lock:
            results.setdefault(name, {})[run] = outcome
            if options.out:
                options.out.write_text(json.dumps({"libraries": libraries, "left": left,
                                                   "results": results}, indent=1) + "\n")

    run_all([name for name in names if name not in results], runs, options, keep)
    results = {name: results[name] for name in names}
    print(table(results, left))
    worse = any(is_worse([test["outcome"] for test in tests.values()])
                for tests in results.values())
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
