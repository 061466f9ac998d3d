# SPDX-License-Identifier: Apache-2.0
"""septet sweep and ensemble with real processes on simulated slices."""

import csv
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from launching import PATIENCE, PROGRAM, Folder, wait_for

# Writes what it was given, so that tests see it byte for byte.
TELL = ["python3", "-c", """
import json, os, sys
with open(os.environ["SEPTET_OUTPUT"] + "/told.json", "w") as file:
    json.dump([sys.argv[1:], {k: v for k, v in os.environ.items() if "SEPTET_" in k}], file)
"""]


@pytest.fixture
def folder():
    made = Folder()
    yield made
    made.remove()


def sweep(folder, *words, **more):
    return folder.run("sweep", *words, **more)


def results(folder, name="septet-sweep"):
    with open(folder.path / name / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


def outcomes(folder, name="septet-sweep"):
    return [row["outcome"] for row in results(folder, name)]


def events(folder):
    return [json.loads(line) for line in folder.lines("septet-sweep/journal.jsonl")]


def started(folder):
    return [event["trial"] for event in events(folder) if event["event"] == "start"]


def told(folder, trial):
    return json.loads((folder.path / f"septet-sweep/trials/{trial}/told.json").read_text())


def free_slices(folder):
    status, out, err = folder.run("list", "--json")
    assert status == 0, err
    return sum(slice["holder"] is None for slice in json.loads(out)["gpus"][0]["slices"])


def test_values_arrive_as_they_are_in_arguments_and_variables(folder):
    odd = "a b \"q\" 'r'\n{lr} $HOME \\"
    quoted = '"' + odd.replace('"', '""') + '"'
    status, _, err = sweep(folder, "--grid", f"lr={quoted},1e-3", "--", *TELL, "x{lr}y", "{lr}")
    assert status == 0, err
    arguments, variables = told(folder, 1)
    assert arguments == [f"x{odd}y", odd]
    assert variables["SEPTET_TRIAL_LR"] == odd
    description = json.loads((folder.path / "septet-sweep/trials/2/trial.json").read_text())
    assert description["parameters"] == {"lr": 0.001}
    assert told(folder, 2)[0] == ["x1e-3y", "1e-3"]


def test_each_trial_has_one_slice_and_is_told_which(folder):
    status, _, err = sweep(folder, "-n", "3", "--list", "i=1,2,3,4,5,6", "--", *TELL, "{slice}",
                           "{trial}", "{slot}", "{seed}", "{folder}")
    assert status == 0, err
    for trial in range(1, 7):
        arguments, variables = told(folder, trial)
        assert arguments[0] == variables["SEPTET_SLICES"] == variables["SEPTET_SLICE"]
        assert arguments[1] == variables["SEPTET_TRIAL"] == str(trial)
        assert arguments[3] == variables["SEPTET_SEED"]
        assert arguments[4] == variables["SEPTET_OUTPUT"]
    assert len({told(folder, trial)[0][0] for trial in range(1, 7)}) <= 3
    assert free_slices(folder) == 7


def test_failures_are_counted_told_and_run_again_on_request(folder):
    command = ["sh", "-c", 'echo "why $1" >&2; test -e ok || test "$1" != b', "-", "{x}"]
    status, out, err = sweep(folder, "--grid", "x=a,b,c", "--", *command)
    assert status == 1
    assert outcomes(folder) == ["done", "failed", "done"]
    assert "why b" in err and "failed (1)" in out
    assert "why b" in (folder.path / "septet-sweep/report.html").read_text()
    (folder.path / "ok").touch()
    status, _, err = sweep(folder, "--resume-failed", "--grid", "x=a,b,c", "--", *command)
    assert status == 0, err
    assert started(folder) == [1, 2, 3, 2]
    assert outcomes(folder) == ["done"] * 3


def test_a_journal_that_does_not_fit_is_refused(folder):
    assert sweep(folder, "--grid", "x=a,b", "--", "true", "{x}")[0] == 0
    status, _, err = sweep(folder, "--grid", "x=a,b", "--", "true", "{x}")
    assert status == 64 and "--resume" in err
    status, _, err = sweep(folder, "--resume", "--grid", "x=a,b", "--", "true", "-{x}")
    assert status == 64 and "had another command" in err
    status, _, err = sweep(folder, "--resume", "--grid", "x=a,b,c", "--", "true", "{x}")
    assert status == 64 and "--allow-change" in err
    status, _, err = sweep(folder, "--resume", "--allow-change", "--grid", "x=c,a,b", "--", "true",
                           "{x}")
    assert status == 0, err
    assert started(folder) == [1, 2, 3]
    assert results(folder)[2]["x"] == "c"


def test_a_second_sweep_in_the_same_folder_is_refused(folder):
    words = ["sweep", "--resume", "--grid", "x=1", "--", "sh", "-c", "echo > up; read -r _ < gate"]
    os.mkfifo(folder.path / "gate")
    with folder.start(*words) as first:
        wait_for((folder.path / "up").exists)
        status, _, err = folder.run(*words)
        assert status == 75 and "another sweep" in err
        (folder.path / "gate").write_text("go\n")
        assert first.finish()[0] == 0


def test_a_trial_is_tried_again_as_often_as_asked(folder):
    count = 'echo x >> tries; test "$(wc -l < tries)" -ge 3'
    status, _, err = sweep(folder, "--retries", "2", "--retry-delay", "10ms", "--grid", "x=1",
                           "--", "sh", "-c", count)
    assert status == 0, err
    assert results(folder)[0]["attempts"] == "3"
    assert sweep(folder, "--folder", "other", "--retries", "1", "--retry-delay", "10ms", "--grid",
                 "x=1", "--", "false")[0] == 1


def test_halt_now_ends_the_others_and_soon_lets_them_finish(folder):
    command = ["sh", "-c", 'if [ $1 = 1 ]; then while [ ! -e up ]; do :; done; exit 3; fi; '
               'echo > up; sleep 300', "-", "{x}"]
    status, _, err = sweep(folder, "-n", "2", "--halt", "now,fail=1", "--grid", "x=1,2,3", "--",
                           *command)
    assert status == 1 and "halted after 1 failed trial" in err
    assert outcomes(folder) == ["failed", "stopped"]
    status, _, _ = sweep(folder, "--folder", "soon", "-n", "2", "--halt", "soon,fail=1", "--grid",
                         "x=1,2,3", "--", "sh", "-c", "test {x} != 1")
    assert status == 1
    assert outcomes(folder, "soon")[:2] == ["failed", "done"]


@pytest.mark.parametrize("halt, status, ran", [
    ("soon,success=2", 3, 5), ("soon,done=3", 3, 3), ("soon,fail=20%", 2, 2),
    ("soon,done=45%", 3, 5), ("never", 3, 10)])
def test_halt_counts_as_gnu_parallel_does(folder, halt, status, ran):
    command = ["sh", "-c", "test {} -gt 3", ":::", *map(str, range(1, 11))]
    assert sweep(folder, "--halt", halt, "--", *command)[0] == status
    assert len(results(folder)) == ran
    if shutil.which("parallel"):
        out = subprocess.run(["parallel", "-j1", "--halt", halt, "echo ran; test {} -gt 3", ":::",
                              *map(str, range(1, 11))], capture_output=True, text=True).stdout
        assert out.count("ran") == ran


@pytest.mark.parametrize("halt", ["now", "now,fail", "now,fail=0", "later,fail=1", "now,fail=101%",
                                  "now,fail=1.5", "now,success=-1"])
def test_a_halt_that_is_none_is_refused(folder, halt):
    status, _, err = sweep(folder, "--halt", halt, "--", "true", ":::", "1")
    assert status == 64 and "--halt" in err


def test_logs_of_earlier_attempts_are_kept(folder):
    tell = 'echo "attempt $SEPTET_ATTEMPT"; echo > "$SEPTET_OUTPUT/own"; test $SEPTET_ATTEMPT = 3'
    assert sweep(folder, "--retries", "2", "--retry-delay", "10ms", "--", "sh", "-c", tell, ":::",
                 "1")[0] == 0
    trial = folder.path / "septet-sweep/trials/1"
    logs = [trial / "earlier/1", trial / "earlier/2", trial]
    for attempt, log in enumerate(logs, start=1):
        assert (log / "stdout").read_text() == f"attempt {attempt}\n"
        assert json.loads((log / "trial.json").read_text())["attempt"] == attempt
    assert (trial / "own").exists() and not (trial / "earlier/1/own").exists()


def test_a_trial_that_takes_too_long_ends_with_all_it_started(folder):
    runaway = "(setsid sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' &) ; sleep 300"
    with folder.start("sweep", "--timeout", "300ms", "--grace", "200ms", "--grid", "x=1", "--",
                      "sh", "-c", runaway) as septet:
        assert septet.finish()[0] == 1
        assert septet.everything_ends_within(1)
    assert outcomes(folder) == ["timed_out"]


def test_ctrl_c_lets_running_trials_finish_and_resume_runs_the_rest(folder):
    command = ["sh", "-c", "echo > up.$1; while [ ! -e gate ]; do sleep 0.01; done", "-", "{x}"]
    words = ["-n", "2", "--grid", "x=1,2,3,4", "--", *command]
    with folder.start("sweep", *words) as septet:
        wait_for(lambda: (folder.path / "up.1").exists() and (folder.path / "up.2").exists())
        septet.process.send_signal(signal.SIGINT)
        wait_for(lambda: free_slices(folder) == 5)
        (folder.path / "gate").touch()
        status, _, err = septet.finish()
    assert status == 130 and "no more trials" in err
    assert outcomes(folder) == ["done", "done"]
    assert sweep(folder, "--resume", *words)[0] == 0
    assert started(folder) == [1, 2, 3, 4]


def test_ctrl_c_twice_ends_everything_now(folder):
    with folder.start("sweep", "-n", "2", "--grid", "x=1,2,3", "--", "sh", "-c",
                      "echo > up.{x}; sleep 300") as septet:
        wait_for(lambda: (folder.path / "up.1").exists() and (folder.path / "up.2").exists())
        septet.process.send_signal(signal.SIGINT)
        time.sleep(0.1)  # Two signals at once would be one.
        septet.process.send_signal(signal.SIGINT)
        assert septet.finish(20)[0] == 130
        assert septet.everything_ends_within(1)
    assert outcomes(folder) == ["stopped", "stopped"]


@pytest.mark.parametrize("half", ["front", "child"])
def test_kill_of_a_sweep_leaves_nothing_and_it_resumes(folder, half):
    command = ["sh", "-c", "echo > up.$1; (setsid sleep 300 &); test -e gate || sleep 300", "-",
               "{x}"]
    words = ["-n", "2", "--grid", "x=1,2,3", "--", *command]
    with folder.start("sweep", *words) as septet:
        wait_for(lambda: (folder.path / "up.1").exists() and (folder.path / "up.2").exists())
        pid = septet.process.pid if half == "front" else septet.child()
        os.kill(pid, signal.SIGKILL)
        assert septet.everything_ends_within(5)
    (folder.path / "gate").touch()
    status, _, err = sweep(folder, "--resume", *words)
    assert status == 0, err
    assert outcomes(folder) == ["done"] * 3


def test_words_and_lines_are_taken_as_gnu_parallel_takes_them(folder):
    status, out, err = sweep(folder, "--print", "-q", "--", "echo", "{2}-{1}", ":::", "a b", "c",
                             ":::", "x")
    assert (status, out.splitlines()) == (0, ["x-a b", "x-c"]), err
    with folder.start("sweep", "--folder", "lines", "--print", "-q", "--", "echo",
                      stdin=subprocess.PIPE) as septet:
        out, _ = septet.process.communicate("one two\nthree\n", timeout=PATIENCE)
    assert out.splitlines() == ["one two", "three"]


def test_dry_run_prints_commands_and_takes_nothing(folder):
    status, out, _ = sweep(folder, "--dry-run", "--grid", "x=a b,c", "--", "train", "--x={x}",
                           "{slice}")
    assert (status, out) == (0, "train '--x=a b' '{slice}'\ntrain --x=c '{slice}'\n")
    assert not (folder.path / "septet-sweep").exists()


def test_the_best_are_ranked_and_only_their_folders_kept(folder):
    report = 'echo "{\\"step\\": 1, \\"loss\\": $1}"'
    status, out, err = sweep(folder, "--metric", "loss", "--keep-best", "2", "--json", "--grid",
                             "x=3,1,4,2", "--", "sh", "-c", report, "-", "{x}")
    assert status == 0, err
    ranks = {trial["trial"]: trial["rank"] for trial in json.loads(out)["results"]}
    assert ranks == {1: 3, 2: 1, 3: 4, 4: 2}
    kept = sorted(path.name for path in (folder.path / "septet-sweep/trials").iterdir())
    assert kept == ["2", "4"]


def test_several_trials_share_a_slice_when_asked(folder):
    gather = 'echo $SEPTET_SLICE >> up; while [ "$(wc -l < up)" -lt 3 ]; do sleep 0.01; done'
    status, _, err = sweep(folder, "--per-slice", "3", "--grid", "x=1,2,3", "--", "sh", "-c",
                           gather)
    assert status == 0, err
    assert len(set(folder.lines("up"))) == 1


def test_an_elastic_sweep_grows_and_gives_back(folder):
    command = ["sh", "-c", "echo $SEPTET_SLICE >> used; while [ ! -e gate.$1 ]; do sleep 0.01; "
               "done", "-", "{x}"]
    with folder.start("sweep", "-n", "1..3", "--grid", "x=1,2,3,4,5,6", "--", *command) as septet:
        wait_for(lambda: len(set(folder.lines("used"))) == 3)
        with folder.start("run", "-n", "5", "--", "true") as other:
            # A ticket has a number once it has a place; before, it is hidden.
            wait_for(lambda: any((folder.state / "queue").glob("[0-9]*")))
            (folder.path / "gate.2").touch()  # Its slice goes to those who wait for five.
            assert other.finish()[0] == 0
        for trial in range(1, 7):
            (folder.path / f"gate.{trial}").touch()
        status, _, err = septet.finish()
    assert status == 0, err
    assert "is given back: others wait for it" in err


def test_an_ensemble_is_combined_when_all_its_members_are_there(folder):
    status, out, err = folder.run("ensemble", "--list", "m=a,b,c", "--combine",
                                  "cat $SEPTET_SWEEP/trials/*/stdout", "--", "echo", "{m}")
    assert status == 0, err
    assert out.splitlines()[:3] == ["a", "b", "c"]


def test_members_of_an_ensemble_meet_each_other(folder):
    # Each is a rank of a bench: together they sum up, and check it.
    status, _, err = folder.run(
        "ensemble", "--list", "m=a,b,c", "--", PROGRAM, "bench-rank", "--buffers=host",
        "--sizes=1K", "--iterations=1", f"--results={folder.path}/sums",
        OMPI_COMM_WORLD_RANK="7", OMPI_COMM_WORLD_SIZE="8", RANK="7", MASTER_PORT="1")
    assert status == 0, err
    (row,) = [json.loads(line) for line in folder.lines("sums")]
    assert row["in_place"]["wrong"] == 0


def test_a_trial_of_a_sweep_is_nobodys_rank(folder):
    status, out, err = folder.run(
        "sweep", "--print", "--grid", "x=1", "--", "sh", "-c", "env | grep -c '^SEPTET_TOKEN='",
        SEPTET_TOKEN="f" * 32, SEPTET_RANK="1", SEPTET_WORLD_SIZE="2")
    assert (status, out.split()) == (1, ["0"]), err


def test_an_ensemble_fails_as_a_whole(folder):
    status, out, _ = folder.run("ensemble", "--list", "m=1,2,3", "--combine", "echo combined", "--",
                                "sh", "-c", "test {m} != 2 && sleep 300")
    assert status == 1 and "combined" not in out
    assert outcomes(folder, "septet-ensemble") == ["stopped", "failed", "stopped"]


def test_a_command_that_is_not_there_fails_its_trial(folder):
    status, _, err = sweep(folder, "--grid", "x=1", "--", "no-such-program", "{x}")
    assert status == 1 and "no-such-program" in err


def test_a_slice_that_goes_away_moves_its_trial_to_another(folder):
    host = folder.path / "host.json"
    spec = "a100-40gb:2x1g.5gb"
    status, _, err = folder.run("simulate", spec, "--state", str(host), "--", "true")
    assert status == 0, err
    command = ["sh", "-c", 'echo $SEPTET_SLICE >> "used.$1"; while [ ! -e "gate.$1" ]; do '
               'sleep 0.01; done; [ "$1" = 1 ] || [ "$(wc -l < used.2)" = 2 ]', "-", "{x}"]
    with folder.start("sweep", "-n", "2", "--grid", "x=1,2", "--", *command,
                      SEPTET_DEVICES=f"sim:{host}") as septet:
        wait_for(lambda: folder.lines("used.1") and folder.lines("used.2"))
        state = json.loads(host.read_text())
        del state["gpus"][0]["gpu_instances"][1]
        (folder.path / "new.json").write_text(json.dumps(state))
        (folder.path / "new.json").rename(host)
        (folder.path / "gate.2").touch()  # It fails, as it would without its slice.
        wait_for(lambda: any(event.get("outcome") == "lost" for event in events(folder)))
        (folder.path / "gate.1").touch()
        status, _, err = septet.finish()
    assert status == 0, err
    assert "is gone: its trial runs again" in err
    assert outcomes(folder) == ["done", "done"]
    assert results(folder)[1]["attempts"] == "1"
    assert len(set(folder.lines("used.2"))) == 2
