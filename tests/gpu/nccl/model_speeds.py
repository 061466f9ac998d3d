# SPDX-License-Identifier: Apache-2.0
"""Runs torch_models.py once with each library that can move its gradients, and makes a table.

    model_speeds.py --devices mps:4 --nccl nccl/build/lib/libnccl.so.2 --nccl-setting NO_PEER=1

Septet's is compared with training by one process; Gloo takes tensors of the GPU through the CPU;
NVIDIA's needs 2.30 or newer for ranks that share a GPU. A mode that the budget has no time for is
left out. Ends with 1 if a mode failed or Septet's learned something else than one process.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

PROGRAM = pathlib.Path(__file__).with_name("torch_models.py")
UNITS = {"resnet18": "images", "small_gpt": "tokens"}


def modes_of(options: argparse.Namespace) -> dict[str, tuple[list[str], list[str]]]:
    """By name: what comes before the program, with what `septet run` is told, and its options."""
    speed = ["--speed-only", "--steps", str(options.speed_steps)]
    modes = {"septet": (["--collectives", "septet", "--"], ["--steps", str(options.steps)])}
    if options.nccl:
        library = [f"LD_PRELOAD={options.nccl}", "NCCL_MULTI_RANK_GPU_ENABLE=1",
                   *options.nccl_setting]
        modes["nccl"] = (["--collectives", "off", "--", "env", *library], speed)
    modes["gloo"] = (["--collectives", "off", "--"],
                     ["--backend", "gloo", "--device", options.device, *speed])
    return modes if options.device == "cuda" else {"gloo": modes["gloo"]}


def records(words: list[str], limit: float) -> tuple[list[dict], str]:
    """What the ranks said, and the last of everything that was printed."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True)
    try:
        text = process.communicate(timeout=limit)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        text = process.communicate()[0] + "time over"
    lines = [line for line in text.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines], text[-800:]


def summary(mode: str, options: argparse.Namespace, found: list[dict], seconds: float) -> dict:
    first = min(found, key=lambda rank: rank["rank"])
    row = {"mode": mode, "ranks": first["ranks"], "library": first["library"].rpartition("/")[2],
           "right": len(found) == options.ranks and not any(rank["wrong"] for rank in found),
           "seconds": round(seconds, 1)}
    for model, unit in UNITS.items():
        figures = first["figures"].get(model, {})
        for key in (f"{unit}_per_second", f"{unit}_per_second_alone"):
            if key in figures:
                row[key] = figures[key]
        if "largest_difference" in figures:
            row[f"{model}_difference"] = round(figures["largest_difference"], 4)
            row[f"{model}_loss"] = [figures["loss"][0], figures["loss"][-1]]
    return row | ({"wrong": first["wrong"]} if first["wrong"] else {}) | (
        {"skipped": first["skipped"]} if first["skipped"] else {})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--septet", default="septet", help="the program (default: from PATH)")
    parser.add_argument("--devices", default="mps:4", help="as septet takes it (default: mps:4)")
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--nccl", type=pathlib.Path, help="NVIDIA's library, 2.30 or newer")
    parser.add_argument("--nccl-setting", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--steps", type=int, default=200, help="with Septet's (default: 200)")
    parser.add_argument("--speed-steps", type=int, default=60, help="with others (default: 60)")
    parser.add_argument("--budget", type=float, default=100, help="seconds (default: 100)")
    parser.add_argument("--out", type=pathlib.Path, help="all records of all ranks, as JSON")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    deadline, rows, kept, left = time.monotonic() + options.budget, [], {}, []
    for mode, (before, after) in modes_of(options).items():
        start = time.monotonic()
        if deadline - start < 10:
            left.append(mode)
            continue
        words = [options.septet, "run", "-n", str(options.ranks), "--same-gpu", "--devices",
                 options.devices, "--quiet", *before, sys.executable, str(PROGRAM), *after]
        kept[mode], text = records(words, deadline - start)
        if kept[mode]:
            rows.append(summary(mode, options, kept[mode], time.monotonic() - start))
        else:
            rows.append({"mode": mode, "right": False, "said": text})
        print(json.dumps(rows[-1]), flush=True)
        if options.out:
            options.out.write_text(json.dumps(kept, indent=1) + "\n")
    print(f"{sum(row['right'] for row in rows)} of {len(rows)} modes right"
          + (f"; no time for {', '.join(left)}" if left else ""))
    return 0 if rows and all(row["right"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
