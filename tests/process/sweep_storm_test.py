# SPDX-License-Identifier: Apache-2.0
"""1,000 trials on 7 slices while trials crash and are killed, and the sweep itself is killed and
resumed until all is done.

The trials witness themselves: each takes a lock of the test's own on its slice, so that two on one
slice find each other whatever the leases say.
"""

import collections
import json
import os
import random
import signal
import time

from launching import Folder

TRIALS = 1000
TRIAL = """
test -n "$SEPTET_SLICE" && test "$CUDA_VISIBLE_DEVICES" = "$SEPTET_SLICE" || echo "$1" >> bare
exec 9>> "lock.$SEPTET_SLICE"
flock -n 9; test $? = 1 && echo "$1" >> double  # Another status: flock itself was killed.
echo "$1" >> begun
case $(( (SEPTET_SEED + SEPTET_ATTEMPT * 7919) % 12 )) in
  0) exit 3 ;;
  1) kill -9 $$ ;;
  2) sleep 0.05 ;;
esac
echo "$1" >> ended
"""
WORDS = ["sweep", "--resume", "--resume-failed", "-q", "-n", "7", "--retries", "2",
         "--retry-delay", "5ms", "--random", "x=uniform(0,1)", "--trials", str(TRIALS), "--", "sh",
         "-c", TRIAL, "-", "{trial}"]


# Many children, so that some are just being born whenever the trial's warden is killed.
FORKING = """
exec 9>> "lock.$SEPTET_SLICE"
flock -n 9; test $? = 1 && echo "$1" >> double
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.3 & done
wait
"""


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def trials_of(pid):
    """Pids of the trials that run below the working half `pid`, as the kernel lists them."""
    found, open_ones = [], [pid]
    while open_ones:
        children = children_of(open_ones.pop())
        found += children
        open_ones += children
    return found


def disturb(septet, chance):
    """Kills some trials, then a half of the sweep, unless that ended by itself before."""
    child = septet.child()
    end = time.monotonic() + chance.uniform(0.1, 0.9)
    while time.monotonic() < end and septet.process.poll() is None:
        below = trials_of(child)
        if below:
            kill(chance.choice(below))
        time.sleep(chance.uniform(0.02, 0.2))
    kill(chance.choice([septet.process.pid, child]))


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def events_of(folder):
    return [json.loads(line) for line in folder.lines("septet-sweep/journal.jsonl")]


def done_of(folder):
    return sum(event.get("outcome") == "done" for event in events_of(folder))


def test_every_trial_is_done_exactly_once_and_alone_on_a_slice():
    folder, chance = Folder(), random.Random(3)
    try:
        kills = 0
        while done_of(folder) < TRIALS * 0.9:
            with folder.start(*WORDS) as septet:
                disturb(septet, chance)
                septet.process.wait()
                assert septet.everything_ends_within(5)
            kills += 1
            assert kills < 300
        for _ in range(10):  # Trials that failed three times in a row are asked for again.
            status, _, err = folder.run(*WORDS)
            if status == 0:
                break
        assert status == 0, err

        done = collections.Counter(
            event["trial"] for event in events_of(folder) if event.get("outcome") == "done")
        assert sorted(done) == list(range(1, TRIALS + 1))
        assert set(done.values()) == {1}
        assert folder.lines("double") == []
        assert folder.lines("bare") == []
        assert set(folder.lines("ended")) == {str(trial) for trial in range(1, TRIALS + 1)}
        print(f"{kills} kills of the sweep, {len(folder.lines('begun'))} starts")
        gpu = json.loads(folder.run("list", "--json")[1])["gpus"][0]
        assert [slice["holder"] for slice in gpu["slices"]] == [None] * 7
    finally:
        folder.remove()


def test_a_trial_begins_only_when_all_of_a_killed_one_on_its_slice_is_gone():
    folder, chance = Folder(), random.Random(5)
    try:
        words = ["sweep", "-q", "-n", "7", "--retries", "0", "--random", "x=uniform(0,1)",
                 "--trials", str(TRIALS), "--", "sh", "-c", FORKING, "-", "{trial}"]
        with folder.start(*words) as septet:
            child = septet.child()
            while septet.process.poll() is None:
                wardens = children_of(child)
                if wardens:
                    kill(chance.choice(wardens))
                time.sleep(chance.uniform(0.001, 0.02))
            septet.process.wait()
        events = events_of(folder)
        killed = sum(event.get("status") == 128 + signal.SIGKILL for event in events)
        assert killed > TRIALS / 2
        assert folder.lines("double") == []
    finally:
        folder.remove()
