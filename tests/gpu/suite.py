# SPDX-License-Identifier: Apache-2.0
"""Runs named checks against the septet program where there is a GPU, and keeps what came of it."""

import json
import os
import pathlib
import signal
import subprocess
import time


class Failure(Exception):
    """A check did not find what it should."""


class Skip(Exception):
    """A check cannot run here; the text names the cause."""


def require(condition: bool, text: str) -> None:
    if not condition:
        raise Failure(text)


class Suite:
    """One run of all checks. Everything that is started shares one lease folder of its own."""

    def __init__(self, program: pathlib.Path, python: str, state: pathlib.Path, out: pathlib.Path):
        self.program = program
        self.python = python
        self.state = state
        self.out = out
        self.outcomes: list[dict] = []
        self.environment = os.environ | {"SEPTET_STATE": str(state), "PYTHONUNBUFFERED": "1",
                                         "PATH": f"{program.parent}:{os.environ['PATH']}",
                                         "PYTHONPATH": f"{program.resolve().parent.parent}/python"}
        for name in ("SEPTET_DEVICES", "SEPTET_SLICES", "SEPTET_LEASE"):
            self.environment.pop(name, None)

    def check(self, name: str, action) -> None:
        """Runs `action`: what it returns is the remark of a PASS."""
        start = time.monotonic()
        try:
            outcome, remark = "PASS", action(self) or ""
        except Failure as failure:
            outcome, remark = "FAIL", str(failure)
        except Skip as skip:
            outcome, remark = "SKIP", str(skip)
        except Exception as fault:  # A fault of the check itself must not hide the others.
            outcome, remark = "FAIL", f"{type(fault).__name__}: {fault}"
        seconds = time.monotonic() - start
        self.outcomes.append({"check": name, "outcome": outcome, "remark": remark,
                              "seconds": round(seconds, 2)})
        shown = f"SKIP({remark})" if outcome == "SKIP" else outcome
        print(f"{shown}  {name}  [{seconds:.1f} s]" + (f"\n      {remark}" if remark and
                                                       outcome != "SKIP" else ""), flush=True)

    def start(self, *words: str, **settings: str) -> subprocess.Popen:
        """Starts a command in a session of its own."""
        return subprocess.Popen([str(word) for word in words], env=self.environment | settings,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def run(self, *words: str, limit: float = 90, **settings: str) -> str:
        """What a command that must succeed within `limit` seconds prints on stdout."""
        process = self.start(*words, **settings)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            out, err = self._end(process)
            self._log(words, "time over", out, err)
            raise Failure(f"{words[1]} took more than {limit} s: {err[-600:]}") from None
        self._log(words, process.returncode, out, err)
        require(process.returncode == 0,
                f"septet {words[1]} ended with {process.returncode}: {err[-800:]}{out[-400:]}")
        return out

    def septet(self, *words: str, limit: float = 90, **settings: str) -> str:
        return self.run(self.program, *words, limit=limit, **settings)

    def records(self, *words: str, limit: float = 90) -> list[dict]:
        """The lines of JSON that the ranks of a job print, by rank."""
        lines = self.septet(*words, limit=limit).splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return sorted(found, key=lambda record: record.get("rank", 0))

    def finish(self) -> int:
        """Writes the outcomes, prints the closing line and returns the exit status."""
        (self.out / "gpu-test.json").write_text(json.dumps(self.outcomes, indent=1) + "\n")
        count = {word: sum(o["outcome"] == word for o in self.outcomes)
                 for word in ("PASS", "FAIL", "SKIP")}
        print(f"{count['PASS']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
        return 1 if count["FAIL"] else 0

    def _end(self, process: subprocess.Popen) -> tuple[str, str]:
        try:
            return process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.communicate()

    def _log(self, words, status, out: str, err: str) -> None:
        with (self.out / "gpu-test.log").open("a") as log:
            log.write(f"$ {' '.join(map(str, words))}\n{out}{err}-> {status}\n\n")


def wait_until(limit: float, condition) -> float | None:
    """Seconds until `condition()` held; nothing if `limit` was over first."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > limit:
            return None
        time.sleep(0.01)
    return time.monotonic() - start


def is_alive(pid: int) -> bool:
    """Zombies are dead."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def daemons_of(state: pathlib.Path) -> list[int]:
    """Live MPS control daemons, servers and keepers that belong to the lease folder `state`."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or not is_alive(int(entry.name)):
            continue
        try:
            words = (entry / "cmdline").read_bytes()
            if b"nvidia-cuda-mps" not in words and b"keep-mps" not in words:
                continue
            if str(state).encode() in words + (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # It ended meanwhile.
    return found
