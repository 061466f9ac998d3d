# SPDX-License-Identifier: Apache-2.0
"""Runs PyTorch's own tests with several libnccl and makes a table of what differs.

    pytorch_own_tests.py --run nvidia --run septet LD_PRELOAD=$PWD/libnccl.so.2 SEPTET_PATH=host
    pytorch_own_tests.py --file pytorch/test/distributed/test_c10d_nccl.py --run nvidia --run …

Without --file these are the tests that the wheel brings along. They want one GPU a rank and the
package expecttest. Each test is a process of its own with a time limit, several at once. Nothing of
PyTorch is changed.
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
import time

SHIPPED = pathlib.Path(__file__).with_name("pytorch_shipped_tests.py")

LIST = """
import runpy, sys, unittest
sys.argv = sys.argv[1:]
names = runpy.run_path(sys.argv[0], run_name="listed")
for name, kind in sorted(names.items()):
    is_test = isinstance(kind, type) and issubclass(kind, unittest.TestCase)
    if is_test and kind.__module__ == "listed":
        for test in unittest.TestLoader().getTestCaseNames(kind):
            print("test:", name + "." + test)
"""

# The library is loaded when torch is; the kernel's list of mappings says which file that was.
PROBE = """
import torch
files = {line.split()[-1] for line in open("/proc/self/maps") if "libnccl" in line}
print("nccl", torch.cuda.nccl.version() if torch.cuda.is_available() else "", *sorted(files))
"""


def environment_of(settings: dict[str, str], folder: str, options) -> dict[str, str]:
    paths = [str(options.file.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"BACKEND": options.backend, "WORLD_SIZE": str(options.ranks),
                         "TEMP_DIR": folder, "PYTHONUNBUFFERED": "1",
                         "PYTHONPATH": os.pathsep.join(paths)} | settings


def ended(process: subprocess.Popen, limit: float) -> tuple[str, bool]:
    """What it wrote, and whether its time was over; then nothing of its session is left."""
    try:
        return process.communicate(timeout=limit)[0], False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], True


def outcome_of(text: str, status: int, over: bool) -> str:
    """One word for how a test ended. unittest closes with OK, or with FAILED and why."""
    if over:
        return "time over"
    if status == 0:
        return "skipped" if re.search(r"^OK \(skipped=", text, re.MULTILINE) else "ok"
    failed = re.search(r"^FAILED \((failures|errors)", text, re.MULTILINE)
    return {"failures": "failed", "errors": "error"}[failed[1]] if failed else f"died {status}"


def run_test(name: str, settings: dict[str, str], options) -> dict:
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for inner in ("barrier", "test_dir"):
            (pathlib.Path(folder) / inner).mkdir()
        process = subprocess.Popen([sys.executable, str(options.file), name],
                                   env=environment_of(settings, folder, options), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   cwd=folder, start_new_session=True, errors="replace")
        text, over = ended(process, options.limit)
    outcome = outcome_of(text, process.returncode, over)
    said = "" if outcome in ("ok", "skipped") else text[-2500:]
    return {"outcome": outcome, "seconds": round(time.monotonic() - start, 1), "text": said}


def names_of(options) -> list[str]:
    """All tests of the file that `--match` takes, in the order of their names."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "barrier").mkdir()
        listed = subprocess.run([sys.executable, "-c", LIST, str(options.file)], timeout=120,
                                capture_output=True, text=True,
                                env=environment_of({}, folder, options))
    if listed.returncode != 0:
        sys.exit(f"{options.file} cannot be loaded: {listed.stderr.strip().splitlines()[-1]}")
    names = [line.split()[1] for line in listed.stdout.splitlines() if line.startswith("test: ")]
    return [name for name in names if re.search(options.match, name)]


def run_all(names: list[str], settings: dict[str, str], options) -> dict[str, dict]:
    """Each test with one library; those that the budget has no time for are "not begun"."""
    deadline = time.monotonic() + options.budget

    def one(name: str) -> dict:
        if time.monotonic() > deadline:
            return {"outcome": "not begun", "seconds": 0, "text": ""}
        return run_test(name, settings, options)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        return dict(zip(names, pool.map(one, names)))


def probe(settings: dict[str, str]) -> str:
    found = subprocess.run([sys.executable, "-c", PROBE], env=os.environ | settings, text=True,
                           capture_output=True, timeout=120)
    return (found.stdout or found.stderr).strip().splitlines()[-1]


def table(results: dict[str, dict[str, dict]]) -> str:
    """How many of each outcome by library, then each test whose outcomes differ."""
    lines = []
    for run, tests in results.items():
        count = collections.Counter(test["outcome"] for test in tests.values())
        lines.append(f"{run}: " + ", ".join(f"{many} {word}" for word, many in sorted(
            count.items())))
    runs = list(results)
    for name in results[runs[0]]:
        outcomes = [results[run][name]["outcome"] for run in runs]
        if len(set(outcomes)) > 1:
            lines.append(f"differs: {name}: " + ", ".join(
                f"{run} {outcome}" for run, outcome in zip(runs, outcomes)))
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", action="append", nargs="+", required=True,
                        metavar=("NAME", "VARIABLE=VALUE"), help="a library, by what loads it")
    parser.add_argument("--file", type=lambda text: pathlib.Path(text).resolve(), default=SHIPPED,
                        help="a test file of PyTorch's sources, of the very version installed")
    parser.add_argument("--backend", default="nccl")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--match", default="", help="only tests whose name has this expression")
    parser.add_argument("--jobs", type=int, default=8, help="tests at once (default: 8)")
    parser.add_argument("--limit", type=float, default=60, help="seconds a test (default: 60)")
    parser.add_argument("--budget", type=float, default=170,
                        help="seconds a library, then no test is begun (default: 170)")
    parser.add_argument("--out", type=pathlib.Path, help="write all outcomes there, as JSON")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    names, results, libraries = names_of(options), {}, {}
    for run, *words in options.run:
        settings = dict(word.split("=", 1) for word in words)
        libraries[run] = probe(settings)
        print(f"{run}: {libraries[run]}; {len(names)} tests", flush=True)
        results[run] = run_all(names, settings, options)
        if options.out:
            options.out.write_text(json.dumps({"libraries": libraries, "results": results},
                                              indent=1) + "\n")
    print(table(results) if names else "no test has such a name")
    return 0 if names else 1


if __name__ == "__main__":
    sys.exit(main())
