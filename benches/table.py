# SPDX-License-Identifier: Apache-2.0
"""Prints a table of Google Benchmark's JSON files: each case with its time and own counters.

usage: table.py FILE…
"""

import json
import pathlib
import sys

# What Google Benchmark itself writes for a case; anything else is a counter of the case.
OWN = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions",
       "repetition_index", "threads", "iterations", "real_time", "cpu_time", "time_unit",
       "aggregate_name", "aggregate_unit", "label"}


def row(case: dict) -> tuple[str, str, str]:
    """Name, time and the case's own counters; of one that was not measured the cause."""
    if "error_occurred" in case:
        return case["name"], "skipped", case["error_message"]
    counters = [f"{name} {value:.3g}" for name, value in case.items() if name not in OWN]
    return (case["name"], f"{case['real_time']:.3f} {case['time_unit']}",
            "  ".join([*counters, case.get("label", "")]).strip())


def main() -> None:
    rows = [row(case) for file in sys.argv[1:]
            for case in json.loads(pathlib.Path(file).read_text())["benchmarks"]]
    if not rows:
        sys.exit("no case was measured")
    name_width, time_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, taken, counters in rows:
        print(f"{name:{name_width}}  {taken:>{time_width}}  {counters}".rstrip())


if __name__ == "__main__":
    main()
