# SPDX-License-Identifier: Apache-2.0
"""septet sweep --optuna with the real Optuna: what it chooses, ends early, and keeps."""

import contextlib
import json
import math
import os
import random
import signal
import sys
import time

import optuna
import pytest

from launching import Folder, wait_for

# A bowl with its bottom at lr=0.01, act=relu; told step by step.
TRAIN = """
import json, sys
lr, act = float(sys.argv[1]), sys.argv[2]
for step in range(1, 4):
    loss = abs(lr - 0.01) + {"relu": 0, "tanh": 1}[act] + 1 / step
    print(json.dumps({"step": step, "loss": loss}), flush=True)
"""
USUAL = {"--optuna": "study.db", "--python": sys.executable, "--metric": "loss"}
SEARCH = ["sweep", "-q", *(word for pair in USUAL.items() for word in pair)]
SPACE = ["--random", "lr=loguniform(1e-4,1)", "--grid", "act=relu,tanh"]
State = optuna.trial.TrialState


@pytest.fixture
def folder():
    made = Folder()
    yield made
    made.remove()


def study_of(folder, name="septet"):
    return optuna.load_study(study_name=name, storage=f"sqlite:///{folder.path}/study.db")


def events(folder, kind):
    lines = [json.loads(line) for line in folder.lines("septet-sweep/journal.jsonl")]
    return [line for line in lines if line["event"] == kind]


def search(folder, *words, **more):
    return folder.run(*SEARCH, *words, **more)


@pytest.mark.parametrize("sampler", ["tpe(n_startup_trials=5)", "cmaes", "random"])
def test_the_study_opens_in_optuna_and_has_what_the_journal_has(folder, sampler):
    status, _, err = search(folder, "-n", "3", "--sampler", sampler, "--random",
                            "width=randint(8,64)", *SPACE, "--trials", "20", "--", sys.executable,
                            "-c", TRAIN, "{lr}", "{act}")
    assert status == 0, err
    study = study_of(folder)
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    starts = {event["trial"]: event["parameters"] for event in events(folder, "start")}
    ends = {event["trial"]: event for event in events(folder, "end")}
    assert len(study.trials) == len(starts) == 20
    for trial in study.trials:
        number = trial.user_attrs["septet_trial"]
        assert trial.state == State.COMPLETE
        assert trial.value == ends[number]["metrics"]["loss"][0]
        assert {name: str(value) for name, value in trial.params.items()} == starts[number]
        assert list(trial.intermediate_values) == [1, 2, 3]
        assert 8 <= trial.params["width"] <= 64 and 1e-4 <= trial.params["lr"] <= 1
        assert trial.datetime_start <= trial.datetime_complete
    assert study.best_value == min(end["metrics"]["loss"][0] for end in ends.values())


def test_a_search_finds_better_values_than_chance(folder):
    words = ["-n", "2", *SPACE, "--trials", "32", "--", sys.executable, "-c", TRAIN, "{lr}",
             "{act}"]
    assert search(folder, *words)[0] == 0
    values = [trial.value for trial in study_of(folder).get_trials()]
    later = sorted(values[16:])[8]
    assert later < sorted(values[:16])[8] and min(values) < 1 / 3 + 0.02


def test_parameters_that_change_together_are_chosen_together(folder):
    status, _, err = search(folder, "--list", "model=a,b", "--list", 'size="1,2",3', "--trials",
                            "6", "--", sys.executable, "-c", "import sys; print(sys.argv)\n"
                            'print({"loss": 1} if sys.argv[1:] in (["a", "1,2"], ["b", "3"]) '
                            'else 1/0)'.replace("{", "{{").replace("'", '"'), "{model}", "{size}")
    assert status == 0, err
    assert {trial.params["model,size"] for trial in study_of(folder).trials} <= {'a,"1,2"', "b,3"}


# The third trial and later ones are bad, and would go on until the file "gate" is there.
HOPELESS = """
import json, os, sys, time
trial, step = int(sys.argv[1]), 0
while step < 4 or (trial > 2 and not os.path.exists("gate")):
    step += 1
    print(json.dumps({"step": step, "loss": trial if trial > 2 else 0.1}), flush=True)
    time.sleep(0.02)
"""


@pytest.mark.parametrize("pruner", ["median(n_startup_trials=1)",
                                    "successive-halving(min_resource=1, reduction_factor=2)"])
def test_a_pruner_ends_a_bad_trial_while_it_runs(folder, pruner):
    status, out, err = search(folder, "--pruner", pruner, "--json", "--random", "x=uniform(0,1)",
                              "--trials", "5", "--", sys.executable, "-c", HOPELESS, "{trial}")
    assert status == 0, err
    outcomes = [trial["outcome"] for trial in json.loads(out)["results"]]
    assert outcomes[0] == "done" and set(outcomes[2:]) == {"pruned"}
    states = {trial.user_attrs["septet_trial"]: trial.state for trial in study_of(folder).trials}
    assert states[1] == State.COMPLETE and states[5] == State.PRUNED
    assert "pruned" in (folder.path / "septet-sweep/report.html").read_text()


def test_hyperband_ends_some_of_the_worse_trials(folder):
    steps = ("import json, sys, time\nfor step in range(1, 28):\n"
             " print(json.dumps({'step': step, 'loss': float(sys.argv[1])}), flush=True)\n"
             " time.sleep(0.04)")
    status, _, err = search(folder, "-n", "4", "--pruner",
                            "hyperband(max_resource=27, reduction_factor=3)", "--random",
                            "x=uniform(0,1)", "--trials", "16", "--", sys.executable, "-c", steps,
                            "{x}")
    assert status == 0, err
    states = {trial.user_attrs["septet_trial"]: trial.state for trial in study_of(folder).trials}
    outcomes = {event["trial"]: event["outcome"] for event in events(folder, "end")}
    assert {number for number, state in states.items() if state == State.PRUNED} == {
        number for number, outcome in outcomes.items() if outcome == "pruned"}
    assert set(outcomes.values()) == {"done", "pruned"}


def test_failures_and_trials_that_report_nothing_are_failures_of_the_study(folder):
    status, _, _ = search(folder, "--random", "x=uniform(0,1)", "--trials", "3", "--", "sh", "-c",
                          'if [ $1 = 1 ]; then exit 3; fi; '
                          'if [ $1 = 2 ]; then echo \'{"loss": NaN}\'; '
                          'else echo "{\\"loss\\": 1}"; fi',
                          "-", "{trial}")
    assert status == 1
    trials = {trial.user_attrs["septet_trial"]: trial for trial in study_of(folder).trials}
    assert [trials[number].state for number in (1, 2, 3)] == [State.FAIL, State.FAIL,
                                                             State.COMPLETE]
    assert trials[1].user_attrs["septet_outcome"] == "failed"
    assert trials[2].user_attrs["septet_outcome"] == "done"


# Waits for "gate" after its first report, unless that is there.
SLOW = """
import json, os, sys, time
x = float(sys.argv[1])
print(json.dumps({"step": 1, "loss": x}), flush=True)
open("up." + sys.argv[2], "w").close()
while int(sys.argv[2]) > 3 and not os.path.exists("gate"):
    time.sleep(0.01)
print(json.dumps({"step": 2, "loss": x / 2}), flush=True)
"""


@pytest.mark.parametrize("half", ["front", "child"])
def test_a_killed_search_goes_on_with_no_trial_twice_in_the_study(folder, half):
    words = [*SEARCH, "--resume", "-n", "2", "--random", "x=uniform(0,1)", "--trials", "8", "--",
             sys.executable, "-c", SLOW, "{x}", "{trial}"]
    with folder.start(*words) as septet:
        wait_for(lambda: (folder.path / "up.4").exists() and (folder.path / "up.5").exists())
        os.kill(septet.process.pid if half == "front" else septet.child(), signal.SIGKILL)
        assert septet.everything_ends_within(5)
    assert {trial.state for trial in study_of(folder).trials} <= {State.COMPLETE}
    (folder.path / "gate").touch()
    status, _, err = folder.run(*words)
    assert status == 0, err
    trials = study_of(folder).trials
    numbers = sorted(trial.user_attrs["septet_trial"] for trial in trials)
    assert numbers == list(range(1, 9))
    first = {event["trial"]: event["parameters"] for event in reversed(events(folder, "start"))}
    for trial in trials:  # Those that were cut short have run again with the same values.
        assert repr(trial.params["x"]) == first[trial.user_attrs["septet_trial"]]["x"]
        assert math.isclose(trial.value, trial.params["x"] / 2)
    assert len({trial.params["x"] for trial in trials}) == 8


def test_however_often_it_is_killed_the_study_has_each_trial_once(folder):
    trials, chance, kills = 40, random.Random(5), 0
    words = [*SEARCH, "--resume", "-n", "4", *SPACE, "--trials", str(trials), "--", "sh", "-c",
             'echo "{\\"step\\": 1, \\"loss\\": {lr}}"; sleep 0.0$1', "-", "{trial}"]
    while len([event for event in events(folder, "end")]) < trials * 0.9 and kills < 60:
        with folder.start(*words) as septet:
            before = len(events(folder, "end"))
            wait_for(lambda: septet.process.poll() is not None
                     or len(events(folder, "end")) > before + chance.randrange(8))
            time.sleep(chance.uniform(0, 0.1))  # Whatever it is doing then.
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice([septet.process.pid, septet.child()]), signal.SIGKILL)
            septet.process.wait()
            assert septet.everything_ends_within(5)
        kills += 1
    status, _, err = folder.run(*words)
    assert status == 0, err
    ends = {event["trial"]: event["metrics"]["loss"][0] for event in events(folder, "end")}
    kept = study_of(folder).trials
    assert sorted(trial.user_attrs["septet_trial"] for trial in kept) == list(range(1, trials + 1))
    assert {trial.user_attrs["septet_trial"]: trial.value for trial in kept} == ends
    assert {trial.state for trial in kept} == {State.COMPLETE}
    print(f"{kills} kills")


def test_a_study_that_is_behind_the_journal_catches_up(folder):
    words = [*SPACE, "--trials", "4", "--", sys.executable, "-c", TRAIN, "{lr}", "{act}"]
    assert search(folder, *words)[0] == 0
    before = {trial.user_attrs["septet_trial"]: trial.value for trial in study_of(folder).trials}
    (folder.path / "study.db").unlink()
    assert search(folder, "--resume", *words)[0] == 0
    assert len(study_of(folder).trials) == 4
    (folder.path / "study.db").unlink()
    journal = folder.path / "septet-sweep/journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:-1]))  # The last trial has no end.
    status, _, err = search(folder, "--resume", *words)
    assert status == 0, err
    assert {trial.user_attrs["septet_trial"]: trial.value
            for trial in study_of(folder).trials} == before


def test_a_search_goes_on_beyond_its_end(folder):
    for trials in ("2", "4"):
        status, _, err = search(folder, "--resume", "--allow-change", *SPACE, "--trials", trials,
                                "--", sys.executable, "-c", TRAIN, "{lr}", "{act}")
        assert status == 0, err
    numbers = [trial.user_attrs["septet_trial"] for trial in study_of(folder).trials]
    assert numbers == [1, 2, 3, 4]


def test_two_sweeps_learn_from_one_study(folder):
    words = [*SPACE, "--trials", "3", "--", sys.executable, "-c", TRAIN, "{lr}", "{act}"]
    for name in ("one", "two"):
        status, _, err = search(folder, "--folder", name, *words)
        assert status == 0, err
    assert len(study_of(folder).trials) == 6


def test_what_cannot_be_is_told_before_slices_are_taken(folder):
    words = ["--random", "x=uniform(0,1)", "--trials", "2", "--", "true"]
    for more, text in [
            ({"--python": "no-such-python"}, "not found along PATH"),
            ({"--sampler": "guess"}, 'there is no sampler "guess": take one of tpe'),
            ({"--pruner": "hyperband(min=1)"}, "hyperband(min=1)"),
            ({"--optuna": "/proc/none/study.db"}, "cannot open sqlite:////proc/none/study.db"),
            ({"--metric": ""}, "--optuna needs --metric")]:
        options = [word for pair in (USUAL | more).items() for word in pair]
        status, _, err = folder.run("sweep", *options, *words)
        assert status == 64 and text in err, err
    assert not (folder.path / "septet-sweep/trials").exists()
    empty = folder.path / "bare"
    empty.mkdir()
    (empty / "optuna.py").write_text("raise ImportError('no module of that name')")
    status, _, err = search(folder, *words, PYTHONPATH=str(empty))
    assert status == 64 and "-m pip install optuna" in err and "--python" in err
    status, _, err = folder.run("sweep", "--sampler", "tpe", *words)
    assert status == 64 and "--sampler goes with --optuna" in err


def test_a_search_that_breaks_down_lets_trials_finish_and_can_go_on(folder):
    words = [*SEARCH, "--resume", "--random", "x=uniform(0,1)", "--trials", "8", "--",
             sys.executable, "-c", SLOW, "{x}", "{trial}"]
    with folder.start(*words) as septet:
        wait_for((folder.path / "up.4").exists)
        bridge = next(pid for pid in pids() if is_bridge(pid, septet))
        os.kill(bridge, signal.SIGKILL)
        (folder.path / "gate").touch()
        status, _, err = septet.finish()
    assert status == 71 and "optuna.log" in err, err
    assert [event["outcome"] for event in events(folder, "end")] == ["done"] * 4
    assert folder.run(*words)[0] == 0
    assert len(study_of(folder).trials) == 8


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def is_bridge(pid, septet):
    try:
        with open(f"/proc/{pid}/stat") as file:
            parent = int(file.read().rpartition(")")[2].split()[1])
        with open(f"/proc/{pid}/cmdline") as file:
            return parent == septet.child() and "Optuna" in file.read()
    except OSError:
        return False
