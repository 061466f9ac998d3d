# SPDX-License-Identifier: Apache-2.0
"""septet simulate as its users call it."""

import json
import os
import pathlib
import signal
import subprocess

import pytest
from simulation import PROGRAM, septet_simulate

PRINT = "printf '%s\\n' \"$SEPTET_SIMULATE\" \"$SEPTET_STATE\" \"$LD_LIBRARY_PATH\""


def test_septet_inside_sees_the_host():
    listed = septet_simulate("2*a100-40gb:7x1g.5gb", "--", PROGRAM, "list", "--json")
    assert listed.returncode == 0, listed.stderr
    host = json.loads(listed.stdout)
    assert host["source"] == "nvml"
    assert [len(gpu["slices"]) for gpu in host["gpus"]] == [7, 7]


def test_nvml_and_the_simulated_driver_agree():
    spec = "a100-80gb:3g.40gb(1c,2c),1g.10gb+me+h100:empty+rtx-pro-6000+h200:7x1g.18gb"
    through_nvml = json.loads(septet_simulate(spec, "--as", "root", "--", PROGRAM, "list",
                                              "--json").stdout)
    directly = json.loads(subprocess.run(
        [PROGRAM, "list", "--json", "--devices", f"sim:{spec}"],
        check=True, capture_output=True, text=True).stdout)
    for ours, theirs in zip(directly["gpus"], through_nvml["gpus"], strict=True):
        for gpu in (ours, theirs):
            for told_by_one in ("trouble", "numa_node", "cpus"):
                del gpu[told_by_one]
        assert ours == theirs


def test_status_is_the_commands():
    assert septet_simulate("a30", "--", "sh", "-c", "exit 7").returncode == 7
    assert septet_simulate("a30", "--", "sh", "-c", "kill -TERM $$").returncode == 128 + 15
    assert septet_simulate("a30", "true").returncode == 0


def test_what_is_made_for_a_run_is_gone_afterwards():
    shown = septet_simulate("a30", "--", "sh", "-c", f"{PRINT}; ls $SEPTET_SIMULATE",
                            env={**os.environ, "LD_LIBRARY_PATH": "/other"}).stdout
    host, state, library_path, listed = shown.split()
    assert host == listed and not pathlib.Path(host).parent.exists()
    assert pathlib.Path(state).parent == pathlib.Path(host).parent
    ours, theirs = library_path.split(":")
    assert theirs == "/other" and pathlib.Path(ours, "libnvidia-ml.so.1").exists()


def test_the_real_hosts_devices_are_not_those_of_the_simulated():
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "GPU-real", "SEPTET_DEVICES": "mps:2",
                   "SEPTET_SLICES": "MIG-real", "SEPTET_LEASE": "0badcafe"}
    listed = septet_simulate("a30:4x1g.6gb", "--", PROGRAM, "list", "--json", env=environment)
    assert listed.returncode == 0, listed.stderr
    assert len(json.loads(listed.stdout)["gpus"][0]["slices"]) == 4


def test_a_host_can_be_kept_and_gone_on_with(tmp_path):
    file = str(tmp_path / "host.json")
    assert septet_simulate("--state", file, "a30:4g.24gb", "--", "true").returncode == 0
    kept = septet_simulate("--state", file, "--", PROGRAM, "list", "--json")
    assert len(json.loads(kept.stdout)["gpus"][0]["slices"]) == 1
    reset = septet_simulate("--state", file, "--reset", "--", PROGRAM, "list", "--json")
    assert json.loads(reset.stdout)["gpus"][0]["state"] == "empty"
    copied = septet_simulate(f"@{file}", "--", PROGRAM, "list", "--json")
    assert json.loads(copied.stdout)["gpus"][0]["state"] == "empty"


@pytest.mark.parametrize(("words", "said"), [
    (["a30", "--"], "no command"),
    (["--", "true"], "no SPEC"),
    (["a31", "--", "true"], "nearest is a30"),
    (["a30:2x4g.24gb", "--", "true"], "at most 1"),
    (["a30", "--", "no-such-program"], "not found along PATH"),
    (["a30", "--reset", "--", "true"], "--reset needs --state"),
    (["--state", "/no/such/host.json", "--", "true"], "give a SPEC"),
    (["--json", "a30", "--", "true"], "--list-models"),
])
def test_wrong_use_is_told(words, said):
    done = septet_simulate(*words)
    assert done.returncode == 64
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_signals_reach_the_command():
    script = "trap 'echo told; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen([PROGRAM, "simulate", "a30", "--", "sh", "-c", script],
                          stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "told\n"
        assert process.wait(timeout=60) == 5


def test_models_are_listed():
    table = septet_simulate("--list-models").stdout
    assert "a100-40gb" in table and "1g.24gb+me.all" in table
    models = json.loads(septet_simulate("--list-models", "--json").stdout)
    assert models["version"] == 1
    assert {model["name"] for model in models["models"]} >= {"a30", "h200-141gb", "b200-180gb"}
    assert all(model["sources"] for model in models["models"])
