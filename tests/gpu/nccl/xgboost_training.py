# SPDX-License-Identifier: Apache-2.0
"""XGBoost trained by several processes, one a slice, against one process with all of the data.

    septet run -n 2 -- python3 xgboost_training.py
    septet run -n 2 -- sh -c 'python3 xgboost_training.py --nccl $SEPTET_NCCL'
    septet run -n 2 --devices sim:a100-40gb:7x1g.5gb -- python3 xgboost_training.py --device cpu

Rank 0 has XGBoost's tracker, at the address that septet run gives all ranks. XGBoost finds NCCL by
the wheel nvidia-nccl, or where dmlc_nccl_path says (--nccl); it refuses ranks that share a device
before it asks NCCL, so several stand-ins of one GPU are skipped.
"""

import argparse
import json
import os
import pathlib
import sys
import time

import numpy
import xgboost
from xgboost import collective
from xgboost.tracker import RabitTracker

ROUNDS, ROWS, WIDTH, VALUES = 20, 40_000, 20, 64
TOLERANCE = 0.05  # Of targets up to some seventy: sums of gradients are rounded by place.
REFUSED = "running on same CUDA device"  # XGBoost's src/collective/comm.cu.


def loaded_nccl() -> list[str]:
    """The files that this process has as its NCCL. Source: the kernel's list of mappings."""
    lines = pathlib.Path("/proc/self/maps").read_text().splitlines()
    return sorted({line.split()[-1] for line in lines if "libnccl.so" in line})


def data() -> tuple[numpy.ndarray, numpy.ndarray]:
    """Features of few different values, so that all ranks find the same cuts in their rows."""
    generator = numpy.random.default_rng(7)
    features = generator.integers(VALUES, size=(ROWS, WIDTH)).astype(numpy.float32)
    target = features[:, 0] * features[:, 1] / VALUES + numpy.sin(features[:, 2]) * 8
    return features, (target + generator.normal(size=ROWS)).astype(numpy.float32)


def trained(device: str, features, target) -> xgboost.Booster:
    settings = {"device": device, "tree_method": "hist", "max_depth": 6, "eta": 0.3,
                "max_bin": 2 * VALUES, "nthread": 2}
    return xgboost.train(settings, xgboost.QuantileDMatrix(features, target, max_bin=2 * VALUES),
                         ROUNDS)


def shape_of(model: xgboost.Booster) -> list:
    """What each tree asks where: all but the rounded numbers in its leaves."""

    def node(each: dict):
        return [each["split"], each["split_condition"], *map(node, each["children"])] \
            if "split" in each else "leaf"

    return [node(json.loads(tree)) for tree in model.get_dump(dump_format="json")]


class Group:
    """The ranks of one training as a context: with the tracker in rank 0."""

    def __init__(self, rank: int, size: int, nccl: str | None, limit: int):
        address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
        self.tracker = None
        if rank == 0:
            self.tracker = RabitTracker(n_workers=size, host_ip=address, port=port, sortby="task",
                                        timeout=limit)
            self.tracker.start()
        named = {"dmlc_nccl_path": nccl} if nccl else {}
        self.context = collective.CommunicatorContext(
            dmlc_communicator="rabit", dmlc_tracker_uri=address, dmlc_tracker_port=port,
            dmlc_task_id=f"{rank:04}", dmlc_retry=30, dmlc_timeout=limit, **named)

    def __enter__(self) -> dict:
        return self.context.__enter__()

    def __exit__(self, *error) -> None:
        self.context.__exit__(*error)
        if self.tracker:
            self.tracker.wait_for(60)


def compared(rank: int, size: int, options: argparse.Namespace) -> dict:
    """One training of all ranks beside one of this rank alone; which NCCL it had; how long."""
    features, target = data()
    with Group(rank, size, options.nccl, options.budget) as settings:
        start = time.monotonic()
        together = trained(options.device, features[rank::size], target[rank::size])
        seconds, loaded = time.monotonic() - start, loaded_nccl()
    start = time.monotonic()
    alone = trained(options.device, features, target)
    seconds_alone = time.monotonic() - start
    rows = xgboost.DMatrix(features)
    difference = float(numpy.abs(together.predict(rows) - alone.predict(rows)).max())
    return {"seconds": round(seconds, 2), "seconds_alone": round(seconds_alone, 2),
            "same_trees": shape_of(together) == shape_of(alone), "difference": difference,
            "asked": settings.get("dmlc_nccl_path", ""), "loaded": loaded}


def mistakes(found: dict, device: str) -> list[str]:
    """What of a training is not as it should be; under septet run it must have Septet's library."""
    wrong, expected = [], os.environ.get("SEPTET_NCCL")
    if not found["difference"] < TOLERANCE:
        wrong.append(f"predictions differ by {found['difference']}")
    if device == "cuda" and len(found["loaded"]) != 1:
        wrong.append(f"it has loaded {found['loaded'] or 'no NCCL'}")
    elif device == "cuda" and expected and not os.path.samefile(found["loaded"][0], expected):
        wrong.append(f"it has loaded {found['loaded'][0]}, not {expected}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--nccl", help="for dmlc_nccl_path (default: XGBoost finds it)")
    parser.add_argument("--budget", type=int, default=120,
                        help="seconds to meet, and for each call among ranks (default: 120)")
    options = parser.parse_args()
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    record = {"rank": rank, "ranks": size, "version": xgboost.__version__, "library": "",
              "right": 0, "wrong": [], "skipped": {}, "figures": {}}
    try:
        found = compared(rank, size, options)
        record |= {"library": ", ".join(found["loaded"]), "figures": found,
                   "wrong": mistakes(found, options.device)}
        record["right"] = 0 if record["wrong"] else 1
    except xgboost.core.XGBoostError as error:
        told = str(error).partition("Stack trace")[0].strip()[-600:]
        if REFUSED in told:
            record["skipped"]["training"] = told
        else:
            record["wrong"].append(told)
    print(json.dumps(record), flush=True)
    return 1 if record["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
