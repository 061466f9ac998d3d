# SPDX-License-Identifier: Apache-2.0
"""What PyTorch programs get when a rank dies or calls are wrong: an error that names the rank.

    septet run -n 4 -- python3 torch_faults.py
    septet run -n 4 --max-restarts 1 -- python3 torch_faults.py --only restarted

For each case every rank starts a program of its own (torch_victim.py) and watches it: a launcher
stops the other ranks when one fails, and what they would have said is lost. So a record has, for
each rank, how its program ended, how long after the fault, and what it said. All cases run at once,
but for MPS, where a killed program takes the others of its GPU along.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from ranks import Ranks, Skip, arguments, run_parts

VICTIM = pathlib.Path(__file__).with_name("torch_victim.py")
LIMIT = 90.0  # Seconds of a case.
UNDER_MPS = "CUDA_MPS_PIPE_DIRECTORY" in os.environ
LEFT_ALONE = {"TORCH_NCCL_ASYNC_ERROR_HANDLING": "0"}
# After an error PyTorch 2.11 waits four times this for its flight recorder, a minute by default.
SOON_GONE = {"TORCH_NCCL_WAIT_TIMEOUT_DUMP_MILSEC": "500"}
# Each part's case of torch_victim.py and what is set for it.
CASES = {"killed": ("kill", {}), "killed_without_handling": ("kill", LEFT_ALONE),
         "mismatched": ("mismatch", {}), "aborted": ("abort", LEFT_ALONE)}


def free_ports(count: int) -> list[int]:
    """Different ones, since all are taken before any is let go."""
    with contextlib.ExitStack() as taken:
        probes = [taken.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Victims:
    """The programs of this rank, one a case, each with a port for its case."""

    def __init__(self, ranks: Ranks, limit: float):
        self.ranks, self.limit, self.started = ranks, limit, {}
        self.watching = concurrent.futures.ThreadPoolExecutor(len(CASES))
        if ranks.rank == 0:
            for name, port in zip(CASES, free_ports(len(CASES))):
                ranks.store.set(f"port of {name}", str(port))

    def start(self, name: str) -> None:
        if name not in self.started:
            self.started[name] = self.watching.submit(self._watch, *CASES[name],
                                                      self.ranks.store.get(f"port of {name}"))

    def end_of(self, name: str) -> dict:
        """How it ended: status, time of the end, and what it said of it."""
        self.start(name)
        return self.started[name].result()

    def _watch(self, case: str, settings: dict[str, str], port: bytes) -> dict:
        environment = os.environ | SOON_GONE | settings | {"MASTER_PORT": port.decode(),
                                                           "PYTHONUNBUFFERED": "1"}
        environment.pop("TORCHELASTIC_USE_AGENT_STORE", None)
        words = [sys.executable, str(VICTIM), case, "--backend", self.ranks.backend, "--device",
                 self.ranks.device.type]
        process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=self.limit)
            status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            (out, err), status = process.communicate(), "still there"
        return {"status": status, "ended": time.monotonic(), "out": out, "err": err}


def times_of(lines: str) -> dict[str, float]:
    """The moments that the program noted, by name: "at NAME SECONDS"."""
    return {words[1]: float(words[2]) for line in lines.splitlines()
            if (words := line.split())[:1] == ["at"]}


def told(text: str) -> str:
    """The lines that name a cause."""
    kept = [line.strip() for line in text.splitlines()
            if any(word in line for word in ("Error", "error:", "rank 1", "Exception"))]
    return " | ".join(dict.fromkeys(kept))[-700:]


def killed(ranks: Ranks) -> None:
    """kill -9 of rank 1 in its backward pass, with the settings that programs have by default."""
    end_of_killed(ranks, "killed")


def killed_without_handling(ranks: Ranks) -> None:
    """The same where PyTorch's own watchdog is told to leave errors alone."""
    end_of_killed(ranks, "killed_without_handling")


def end_of_killed(ranks: Ranks, name: str) -> None:
    end = ranks.victims.end_of(name)
    moments = times_of(end["out"])
    if ranks.rank == 1:
        ranks.same("rank 1 was killed", end["status"], -signal.SIGKILL)
        ranks.store.set(f"death of {name}", str(moments.get("death", end["ended"])))
    # Raised by a call, or ended by PyTorch's watchdog: either tells of it.
    seconds = moments.get("raised", end["ended"]) - float(ranks.store.get(f"death of {name}"))
    ranks.figures[name] = {"status": end["status"], "seconds": round(seconds, 2),
                           "raised": "raised" in moments, "text": told(end["err"])}
    if ranks.rank != 1:
        ranks.same(f"{name}: it ended with an error", end["status"] not in (0, "still there"), True)
        if ranks.backend == "nccl":
            ranks.same(f"{name}: rank 1 is named", "rank 1" in end["err"] or by_mps(end), True)
            ranks.same(f"{name}: within 5 s", seconds < 5, True)


def by_mps(end: dict) -> bool:
    """Whether MPS ended this rank with the killed one, before anybody could tell: its clients share
    a context of the GPU. Slices do not."""
    return UNDER_MPS and "CUDA error" in end["err"]


def mismatched(ranks: Ranks) -> None:
    """Ranks that add tensors of different sizes get an error instead of a hang."""
    if ranks.backend == "gloo":
        raise Skip("gloo does not compare sizes")
    end = ranks.victims.end_of("mismatched")
    ranks.figures["mismatched"] = {"status": end["status"], "text": told(end["err"])}
    ranks.same("mismatch: an error", end["status"] not in (0, "still there"), True)


def aborted(ranks: Ranks) -> None:
    """A call that the others never join is given up by abort(); then all make a new group."""
    if ranks.backend == "gloo":
        raise Skip("gloo has no abort")
    end = ranks.victims.end_of("aborted")
    moments = times_of(end["out"])
    ranks.same("abort: ended well", end["status"], 0)
    if end["status"]:
        ranks.figures["aborted"] = told(end["err"])
    elif ranks.rank == 0:
        ranks.figures["abort_seconds"] = round(moments["aborted"] - moments["abort"], 3)


def restarted(ranks: Ranks) -> None:
    """The launcher starts all ranks anew after rank 1 died: the second life comes through."""
    life = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
    if int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0")) == 0:
        raise Skip("needs septet run --max-restarts 1")
    os.execv(sys.executable, [sys.executable, str(VICTIM), "train" if life else "kill", "--backend",
                              ranks.backend, "--device", ranks.device.type])


def main() -> None:
    options = arguments(__doc__).parse_args()
    ranks = Ranks(options)
    ranks.victims = Victims(ranks, min(LIMIT, options.budget))
    wanted = options.only.split(",") if options.only else CASES
    for name in CASES:
        is_there = ranks.backend == "nccl" or CASES[name][0] == "kill"
        if name in wanted and is_there and not UNDER_MPS:
            ranks.victims.start(name)
    run_parts(ranks, [killed, killed_without_handling, mismatched, aborted, restarted],
              options.only, in_group=False)


if __name__ == "__main__":
    main()
