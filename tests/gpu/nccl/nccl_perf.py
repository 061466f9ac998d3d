# SPDX-License-Identifier: Apache-2.0
"""Runs NVIDIA's nccl-tests on slices, unchanged, with a given libnccl, and makes a table.

    nccl_perf.py --binaries nccl-tests/build --library build/lib/septet/libnccl.so.2 --quick

The binaries are those of a build with MPI=1: one process a slice, started by mpirun inside septet
hold. Every line has a time limit. Ends with 1 if a value was wrong or a program failed.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

REDUCING = ("all_reduce", "reduce_scatter", "reduce")
ROOTED = ("broadcast", "reduce", "gather", "scatter")
MOVING = ("all_gather", "alltoall", "alltoallv", "sendrecv", "hypercube")
EVERY = (*REDUCING, *ROOTED[0:1], *ROOTED[2:], *MOVING)
VARIED = ("all_reduce", "all_gather", "reduce_scatter", "sendrecv")


@dataclasses.dataclass(frozen=True)
class Line:
    """One start of one binary."""

    binary: str
    ranks: int
    options: tuple[str, ...]
    split: str = ""  # NCCL_TESTS_SPLIT: several communicators at once.


def sizes(largest: str, iterations: int = 5) -> tuple[str, ...]:
    return ("-b", "8", "-e", largest, "-f", "2", "-c", "1", "-w", "1", "-n", str(iterations))


def has_ranks(binary: str, ranks: int) -> bool:
    """hypercube takes a power of two."""
    return binary != "hypercube" or ranks & (ranks - 1) == 0


def plain_lines(ranks: int, largest: str) -> list[Line]:
    """Every binary, up to the largest size; the sums and moves of floats."""
    return [Line(binary, ranks, sizes(largest)) for binary in EVERY if has_ranks(binary, ranks)]


def typed_lines(ranks: int, largest: str) -> list[Line]:
    """Every type, every operation and every root."""
    every = [Line(binary, ranks, (*sizes(largest, 1), "-d", "all", "-o", "all"))
             for binary in REDUCING]
    every += [Line(binary, ranks, (*sizes(largest, 1), "-d", "all")) for binary in MOVING[:2]]
    return every + [Line(binary, ranks, (*sizes(largest, 1), "-r", "-1")) for binary in ROOTED]


def varied_lines(ranks: int, largest: str) -> list[Line]:
    """Unaligned buffers, aggregated calls, graphs, barriers, registration, split communicators."""
    ways = (("-u", "1"), ("-m", "4"), ("-G", "3"), ("-z", "1"), ("-R", "1"))
    lines = [Line(binary, ranks, (*sizes(largest), *way)) for binary in VARIED for way in ways]
    if ranks >= 4:
        lines += [Line("all_reduce", ranks, sizes(largest), split) for split in ("MOD 2", "DIV 2")]
    return lines


def lines_of(options: argparse.Namespace) -> list[Line]:
    """The matrix, or what of it a few minutes allow."""
    if not options.quick:
        return [line for ranks in options.ranks for line in
                (*plain_lines(ranks, "128M"), *typed_lines(ranks, "128M"),
                 *varied_lines(ranks, "128M"))]
    most = options.ranks[-1]
    lines = [line for ranks in options.ranks for line in plain_lines(ranks, "32M")]
    return lines + typed_lines(most, "64K") + varied_lines(most, "1M")


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
            f"mps:{line.ranks}" if options.devices == "mps" else options.devices, "--quiet",
            "--collectives", "off", "--",
            "mpirun", "-n", str(line.ranks), "--allow-run-as-root", "--oversubscribe", "--bind-to",
            "none", *inner]


def run(options: argparse.Namespace, line: Line) -> dict:
    """What came of one line: its figures, or how it ended."""
    start = time.monotonic()
    process = subprocess.Popen(command(options, line), stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.STDOUT, start_new_session=True)
    try:
        text, ended = process.communicate(timeout=options.limit)[0], "exit"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)  # septet hold ends what it started.
        text, ended = process.communicate()[0], "time over"
    return dataclasses.asdict(line) | figures(text) | {
        "exit": process.returncode if ended == "exit" else ended,
        "seconds": round(time.monotonic() - start, 1), "last_lines": text[-1500:]}


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


def shown(row: dict) -> str:
    words = " ".join(row["options"]) + (f" split {row['split']}" if row["split"] else "")
    busbw = "-" if row["busbw"] is None else f"{row['busbw']:.2f}"
    wrong = "-" if row["wrong"] is None else row["wrong"]
    return (f"{'ok  ' if is_right(row) else 'BAD '} {row['binary']:<15} {row['ranks']} ranks "
            f"{row['rows']:>5} rows  wrong {wrong}  exit {row['exit']}  {busbw:>8} GB/s "
            f"{row['seconds']:>6} s  {words}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=lambda text: pathlib.Path(text).resolve(), required=True,
                        help="folder of *_perf")
    parser.add_argument("--library", type=lambda text: pathlib.Path(text).resolve(), required=True,
                        help="the libnccl.so.2 to load")
    parser.add_argument("--septet", default="septet", help="the program (default: from PATH)")
    parser.add_argument("--devices", default="mps", help="mps (default), or as septet takes it")
    parser.add_argument("--ranks", type=lambda text: [int(word) for word in text.split(",")],
                        default=[2, 4, 7], help="default: 2,4,7")
    parser.add_argument("--quick", action="store_true", help="a few minutes of the matrix")
    parser.add_argument("--limit", type=float, default=120, help="seconds a line (default: 120)")
    parser.add_argument("--budget", type=float, default=3600, help="seconds in all, then no more")
    parser.add_argument("--setting", action="append", default=[], help="NAME=VALUE for the tests")
    parser.add_argument("--out", type=pathlib.Path, help="write the table there, as JSON")
    return parser.parse_args()


def main() -> int:
    options, rows, start = arguments(), [], time.monotonic()
    lines = lines_of(options)
    for line in lines:
        if time.monotonic() - start > options.budget:
            break
        rows.append(run(options, line))
        print(shown(rows[-1]), flush=True)
        if not is_right(rows[-1]):
            print("     " + rows[-1]["last_lines"][-600:].replace("\n", "\n     "), flush=True)
        if options.out:
            options.out.write_text(json.dumps(rows, indent=1) + "\n")
    right = sum(map(is_right, rows))
    left = len(lines) - len(rows)
    print(f"{right} of {len(rows)} lines right, {left} not begun")
    return 0 if rows and right == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
