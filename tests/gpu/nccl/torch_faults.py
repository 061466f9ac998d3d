# SPDX-License-Identifier: Apache-2.0
"""What PyTorch programs get when a rank dies or calls are wrong: an error that names the rank.

    septet run -n 4 -- python3 torch_faults.py
    septet run -n 4 --max-restarts 1 -- python3 torch_faults.py --only restarted

For each case every rank starts a program of its own (torch_victim.py) and watches it: a launcher
stops the other ranks when one fails, and what they would have said is lost. So a record has, for
each rank, how its program ended, how long after the fault, and what it said.
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from ranks import Ranks, Skip, arguments, run_parts

VICTIM = pathlib.Path(__file__).with_name("torch_victim.py")
HANDLING = "TORCH_NCCL_ASYNC_ERROR_HANDLING"
LIMIT = 150.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(ranks: Ranks, case: str, **settings: str) -> subprocess.Popen:
    """The program of this rank in a case that has a port of its own."""
    key = f"port of {case} {sorted(settings.items())}"
    if ranks.rank == 0:
        ranks.store.set(key, str(free_port()))
    port = ranks.store.get(key).decode()
    environment = os.environ | settings | {"MASTER_PORT": port, "PYTHONUNBUFFERED": "1"}
    environment.pop("TORCHELASTIC_USE_AGENT_STORE", None)
    words = [sys.executable, str(VICTIM), case, "--backend", ranks.backend, "--device",
             ranks.device.type]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def watch(process: subprocess.Popen) -> dict:
    """How it ended: status, time of the end, and what it said of it."""
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return {"status": "still there", "ended": time.monotonic(), "out": out, "err": err}
    return {"status": process.returncode, "ended": time.monotonic(), "out": out, "err": err}


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
    kill_with(ranks, "default")


def killed_without_handling(ranks: Ranks) -> None:
    """The same where PyTorch's own watchdog is told to leave errors alone."""
    kill_with(ranks, "handling_off", **{HANDLING: "0"})


def kill_with(ranks: Ranks, name: str, **settings: str) -> None:
    victim = start(ranks, "kill", **settings)
    end = watch(victim)
    if ranks.rank == 1:
        ranks.same("rank 1 was killed", end["status"], -signal.SIGKILL)
        ranks.store.set(f"death {name}", str(times_of(end["out"])["death"]))
    death = float(ranks.store.get(f"death {name}"))
    # Raised by a call, or ended by PyTorch's watchdog: either tells of it.
    seconds = times_of(end["out"]).get("raised", end["ended"]) - death
    ranks.figures[name] = {"status": end["status"], "seconds": round(seconds, 2),
                           "raised": "raised" in times_of(end["out"]), "text": told(end["err"])}
    if ranks.rank != 1:
        ranks.same(f"{name}: it ended with an error", end["status"] not in (0, "still there"), True)
        if ranks.backend == "nccl":
            ranks.same(f"{name}: rank 1 is named", "rank 1" in end["err"] or by_mps(end), True)
            ranks.same(f"{name}: within 5 s", seconds < 5, True)


def by_mps(end: dict) -> bool:
    """Whether MPS ended this rank with the killed one, before anybody could tell: its clients share
    a context of the GPU. Slices do not."""
    return "CUDA_MPS_PIPE_DIRECTORY" in os.environ and "CUDA error" in end["err"]


def mismatched(ranks: Ranks) -> None:
    """Ranks that add tensors of different sizes get an error instead of a hang."""
    if ranks.backend == "gloo":
        raise Skip("gloo does not compare sizes")
    end = watch(start(ranks, "mismatch"))
    ranks.figures["mismatch"] = {"status": end["status"], "text": told(end["err"])}
    ranks.same("mismatch: an error", end["status"] not in (0, "still there"), True)


def aborted(ranks: Ranks) -> None:
    """A call that the others never join is given up by abort(); then all make a new group."""
    if ranks.backend == "gloo":
        raise Skip("gloo has no abort")
    end = watch(start(ranks, "abort", **{HANDLING: "0"}))
    moments = times_of(end["out"])
    ranks.same("abort: ended well", end["status"], 0)
    if end["status"]:
        ranks.figures["abort"] = told(end["err"])
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
    run_parts(Ranks(options), [killed, killed_without_handling, mismatched, aborted, restarted],
              options.only, in_group=False)


if __name__ == "__main__":
    main()
