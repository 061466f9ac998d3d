# SPDX-License-Identifier: Apache-2.0
"""Runs NVIDIA's nccl-tests on slices, unchanged, with a given libnccl, and makes a table.

    nccl_perf.py --binaries nccl-tests/build --library build/lib/septet/libnccl.so.2 --slices 13

The binaries are those of a build with MPI=1: one process a slice, started by mpirun inside septet
hold. Lines run side by side while there are slices for them: 13 take 2, 4 and 7 ranks at once.
Every line has a time limit. What --done has from an earlier run is left out and kept in the table.
Ends with 1 if a value was wrong or a program failed.
"""

import argparse
import concurrent.futures
import dataclasses
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

REDUCING = ("all_reduce", "reduce_scatter", "reduce")
ROOTED = ("broadcast", "reduce", "gather", "scatter")
MOVING = ("all_gather", "alltoall", "alltoallv", "sendrecv", "hypercube", "broadcast", "gather",
          "scatter")
EVERY = (*REDUCING, *MOVING)
OPERATIONS = ("sum", "prod", "max", "min", "avg", "mulsum")  # All that -o all has, a line each.
# Options that do not hinder each other share a start, which costs more than most lines' work.
WAYS = (("-u", "1", "-m", "4", "-z", "1", "-R", "1"), ("-G", "3"))
SPLITS = ("MOD 2", "DIV 2")  # Several communicators at once, of equal sizes and of others.


@dataclasses.dataclass(frozen=True)
class Line:
    """One start of one binary."""

    binary: str
    ranks: int
    options: tuple[str, ...]
    split: str = ""  # NCCL_TESTS_SPLIT

    def words(self) -> str:
        """The options that tell this line from others of its binary."""
        return " ".join(self.options) + (f" split {self.split}" if self.split else "")

    def key(self) -> str:
        return f"{self.binary} {self.ranks} {self.words()}"


def steps_of(largest: str) -> list[list[tuple[str, tuple[str, ...], str]]]:
    """Binary, options and split of each line, the most telling first.

    A size is run once in place and once out of place, unwarmed, with one timed call, the first call
    and a checked one: -n and -w make figures steadier, not more right.
    """
    sizes = ("-b", "8", "-e", largest, "-f", "2", "-c", "1", "-w", "0", "-n", "1")
    varied = [(binary, (*sizes, *way), "") for way in WAYS for binary in EVERY]
    split = [("all_reduce", sizes, split) for split in SPLITS]
    typed = [(binary, (*sizes, "-d", "all"), "") for binary in MOVING]
    roots = [(binary, (*sizes, "-r", "-1"), "") for binary in ROOTED]
    reduced = [(binary, (*sizes, "-d", "all", "-o", operation), "") for operation in OPERATIONS
               for binary in REDUCING]
    return varied + split + typed + roots + reduced


def has_ranks(binary: str, ranks: int) -> bool:
    """hypercube takes a power of two."""
    return binary != "hypercube" or ranks & (ranks - 1) == 0


def lines_of(options: argparse.Namespace) -> list[Line]:
    """The matrix: each step with each number of ranks before the next step."""
    return [Line(binary, ranks, words, split)
            for (binary, words, split), ranks in itertools.product(steps_of(options.largest),
                                                                   options.ranks)
            if has_ranks(binary, ranks)]


class Slices:
    """How many slices are free. Lines take theirs in order: a later one does not overtake."""

    def __init__(self, count: int):
        self.free, self.turn, self.changed = count, 0, threading.Condition()

    def take(self, count: int, turn: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.turn == turn and self.free >= count)
            self.free, self.turn = self.free - count, turn + 1
            self.changed.notify_all()

    def give(self, count: int) -> None:
        with self.changed:
            self.free += count
            self.changed.notify_all()


def command(options: argparse.Namespace, line: Line) -> list[str]:
    settings = [f"LD_PRELOAD={options.library}", f"LD_LIBRARY_PATH={options.library.parent}:"
                + os.environ.get("LD_LIBRARY_PATH", ""), "NCCL_TESTS_DEVICE=0"]
    if line.split:
        settings.append(f"NCCL_TESTS_SPLIT={line.split}")
    # The library is set for the test alone: neither mpirun nor septet is to load it.
    inner = [options.septet, "bind", "--collectives", "off", "--", "env", *settings,
             *options.setting, str(options.binaries / f"{line.binary}_perf"), *line.options,
             "-g", "1"]
    return [options.septet, "hold", "-n", str(line.ranks), "--same-gpu", "--devices",
            options.devices or f"mps:{options.slices}", "--quiet", "--collectives", "off", "--",
            "mpirun", "-n", str(line.ranks), "--allow-run-as-root", "--oversubscribe", "--bind-to",
            "none", *inner]


def output_of(words: list[str], limit: float) -> tuple[str, int | str]:
    """What a line printed, and its exit status or "time over"."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, errors="replace",
                               stderr=subprocess.STDOUT, start_new_session=True)
    try:
        return process.communicate(timeout=limit)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)  # septet hold ends what it started.
    try:
        return process.communicate(timeout=15)[0], "time over"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], "time over"


def run(options: argparse.Namespace, line: Line, left: float) -> dict | None:
    """What came of one line: its figures, or how it ended. Nothing if it had no time: seconds
    `left` are fewer than it may take, and it took them."""
    limit = options.limit * (2 if "-d" in line.options else 1)
    start = time.monotonic()
    text, ended = output_of(command(options, line), min(limit, left))
    if ended == "time over" and left < limit:
        return None
    row = dataclasses.asdict(line) | figures(text) | {
        "exit": ended, "seconds": round(time.monotonic() - start, 1)}
    return row if is_right(row) else row | {"told": told(text)}


def told(text: str) -> list[str]:
    """The first lines that name a cause; mpirun's own come last and name none."""
    lines = [line.strip()[:200] for line in text.splitlines() if line.strip()]
    named = [line for line in lines if re.search("failure|WARN|[Ee]rror|FAILED|imeout", line)]
    return named[:5] or lines[-5:]


def run_all(options: argparse.Namespace, lines: list[Line], keep) -> None:
    """Runs the lines and gives each outcome to `keep`, one at a time; stops with the budget."""
    deadline, slices, lock = time.monotonic() + options.budget, Slices(options.slices), \
        threading.Lock()

    def one(turn: int, line: Line) -> None:
        slices.take(line.ranks, turn)
        try:
            left = deadline - time.monotonic()
            row = run(options, line, left + 15) if left > 0 else None
        finally:
            slices.give(line.ranks)
        if row:
            with lock:
                keep(row)

    with concurrent.futures.ThreadPoolExecutor(options.slices) as pool:
        for ended in [pool.submit(one, *each) for each in enumerate(lines)]:
            ended.result()


def figures(text: str) -> dict:
    """The closing lines of nccl-tests, nothing where they are not there, and how many rows."""
    wrong = re.search(r"Out of bounds values\s*:\s*(\d+)", text)
    bandwidth = re.search(r"Avg bus bandwidth\s*:\s*([\d.e+-]+)", text)
    library = re.search(r"nccl-library=(\d+)", text)
    return {"wrong": int(wrong[1]) if wrong else None,
            "busbw": float(bandwidth[1]) if bandwidth else None,
            "library": int(library[1]) if library else None,
            "rows": len(re.findall(r"^\s+\d+\s+\d+\s+\w+\s", text, re.MULTILINE))}


def is_right(row: dict) -> bool:
    return row["exit"] == 0 and row["wrong"] == 0 and row["rows"] > 0


def line_of(row: dict) -> Line:
    return Line(row["binary"], row["ranks"], tuple(row["options"]), row["split"])


def shown(row: dict) -> str:
    wrong = "-" if row["wrong"] is None else row["wrong"]
    return (f"{'ok  ' if is_right(row) else 'BAD '} {row['binary']:<15} {row['ranks']} ranks "
            f"{row['rows']:>5} rows  wrong {wrong}  exit {row['exit']}  "
            f"{row['seconds']:>6} s  {line_of(row).words()}")


def markdown(rows: list[dict]) -> str:
    """What was run, a line for each start."""
    head = ["| program | ranks | options | rows | wrong | exit | s |", "|" + "---|" * 7]
    return "\n".join(head + [
        f"| {row['binary']}_perf | {row['ranks']} | `{line_of(row).words()}` | {row['rows']} | "
        f"{row['wrong']} | {row['exit']} | {row['seconds']} |" for row in rows]) + "\n"


def summary(rows: list[dict], left: list[Line]) -> str:
    """The first lines that went wrong, a line for each binary, and how much was not run."""
    lines = [shown(row) for row in rows if not is_right(row)][:15]
    for binary in EVERY:
        mine = [row for row in rows if row["binary"] == binary]
        if mine:
            counts = ", ".join(f"{sum(row['ranks'] == ranks for row in mine)} of {ranks}"
                               for ranks in sorted({row["ranks"] for row in mine}))
            lines.append(f"{binary:<15} right {sum(map(is_right, mine))}/{len(mine)} "
                         f"({counts} ranks)  {sum(row['rows'] for row in mine):>6} rows, wrong "
                         f"{sum(row['wrong'] or 0 for row in mine)}, "
                         f"{sum(row['seconds'] for row in mine):.0f} s")
    rest = {binary: sum(line.binary == binary for line in left) for binary in EVERY}
    rest = ", ".join(f"{many} {binary}" for binary, many in rest.items() if many)
    return "\n".join([*lines, f"{sum(map(is_right, rows))} of {len(rows)} lines right, "
                      f"{len(left)} not run" + (f": {rest}" if rest else "")])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    path = lambda text: pathlib.Path(text).resolve()  # noqa: E731
    parser.add_argument("--binaries", type=path, required=True, help="folder of *_perf")
    parser.add_argument("--library", type=path, required=True, help="the libnccl.so.2 to load")
    parser.add_argument("--septet", default="septet", help="the program (default: from PATH)")
    parser.add_argument("--slices", type=int, default=7,
                        help="stand-ins of the GPU, for lines side by side (default: 7)")
    parser.add_argument("--devices", help="as septet takes it (default: mps of --slices)")
    parser.add_argument("--ranks", type=lambda text: [int(word) for word in text.split(",")],
                        default=[2, 4, 7], help="default: 2,4,7")
    parser.add_argument("--largest", default="128M", help="largest size (default: 128M)")
    parser.add_argument("--match", default="", help="only lines that have this expression")
    parser.add_argument("--limit", type=float, default=75,
                        help="seconds a line, twice that for all types (default: 75)")
    parser.add_argument("--budget", type=float, default=3600, help="seconds; then no line is begun")
    parser.add_argument("--setting", action="append", default=[], help="NAME=VALUE for the tests")
    parser.add_argument("--done", type=path, help="the --out of an earlier run, if there is one")
    parser.add_argument("--out", type=path, help="write the table there, as JSON and as .md")
    options = parser.parse_args()
    if max(options.ranks) > options.slices:
        parser.error(f"{max(options.ranks)} ranks need as many --slices")
    return options


def main() -> int:
    options = arguments()
    done = options.done and options.done.exists() and options.done.read_text()
    rows = [row for row in json.loads(done or "[]") if is_right(row)]
    lines = [line for line in lines_of(options) if re.search(options.match, line.key())]

    def keep(row: dict) -> None:
        rows.append(row)
        print(shown(row), flush=True)
        if not is_right(row):
            print(*(f"     {line}" for line in row["told"]), sep="\n", flush=True)
        if options.out:
            options.out.write_text(json.dumps(rows, indent=1) + "\n")
            options.out.with_suffix(".md").write_text(markdown(rows))

    begun = {line_of(row).key() for row in rows}
    run_all(options, [line for line in lines if line.key() not in begun], keep)
    begun = {line_of(row).key() for row in rows}
    print(summary(rows, [line for line in lines if line.key() not in begun]))
    return 0 if rows and all(map(is_right, rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
