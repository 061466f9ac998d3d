#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the table of a finished sweep, and fails unless every setting had a slice for itself.

usage: report.py FOLDER SETTINGS SLICES
"""

import itertools
import json
import pathlib
import sys

GIBIBYTE = 2**30


def overlaps(results: list[dict]) -> list[str]:
    """Two trainings that were on one slice at one time."""
    return [f"pids {one['pid']} and {other['pid']} were on {one['slice']} at the same time"
            for one, other in itertools.combinations(results, 2)
            if one["slice"] == other["slice"]
            and one["start"] < other["end"] and other["start"] < one["end"]]


def faults_of(results: list[dict], settings: int, slices: int) -> list[str]:
    """Whatever is not as it should be; an empty list is the good end."""
    faults = overlaps(results)
    if len(results) != settings:
        faults.append(f"{len(results)} of {settings} settings have a result")
    if len({result["pid"] for result in results}) != len(results):
        faults.append("two settings shared a process")
    used = {result["slice"] for result in results}
    if len(used) < slices:
        faults.append(f"{len(used)} slices were used, {slices} expected")
    return faults


def print_table(results: list[dict]) -> None:
    began = min(result["start"] for result in results)
    print(f"{'lr':>5}  {'hidden':>6}  {'accuracy':>8}  {'from':>6}  {'to':>6}  slice")
    for result in sorted(results, key=lambda result: -result["accuracy"]):
        start, end = result["start"] - began, result["end"] - began
        print(f"{result['lr']:>5}  {result['hidden']:>6}  {result['accuracy']:>8.1%}"
              f"  {start:>5.1f}s  {end:>5.1f}s  {result['slice']}"
              f"  {result['profile']}, {result['memory_bytes'] / GIBIBYTE:.1f} GiB")


def main() -> int:
    folder, settings, slices = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    results = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
    if results:
        print_table(results)
    faults = faults_of(results, settings, slices)
    for fault in faults:
        print(f"report: {fault}", file=sys.stderr)
    if not faults:
        used = len({result["slice"] for result in results})
        print(f"\n{settings} settings on {used} slices, never two on one slice")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
