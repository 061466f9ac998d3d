# SPDX-License-Identifier: Apache-2.0
"""septet check against a simulated NVML and a scripted CUDA driver. SEPTET_BUILD has both."""

import json
import os
import pathlib
import subprocess

PROGRAM = os.environ["SEPTET_PROGRAM"]
LIBRARIES = pathlib.Path(os.environ["SEPTET_BUILD"]) / "lib"
SPEC = "a100-40gb:7x1g.5gb"
SLICE = "NVIDIA A100-SXM4-40GB MIG 1g.5gb|4864|14|"


def environment(state, cuda, **variables):
    """A process that sees the GPUs of SPEC, and of CUDA what `cuda` says."""
    return {"PATH": os.environ["PATH"], "SEPTET_STATE": str(state), "SEPTET_SIMULATE": SPEC,
            "LD_LIBRARY_PATH": f"{LIBRARIES}:{LIBRARIES}/fake_cuda", "FAKE_CUDA": cuda,
            **variables}


def check(*arguments, env):
    return subprocess.run([PROGRAM, "check", *arguments], capture_output=True, text=True,
                          timeout=60, env=env, check=False)


def uuids(state):
    listed = subprocess.run([PROGRAM, "list", "--json", "--devices", f"sim:{SPEC}"], check=True,
                            capture_output=True, text=True, timeout=60,
                            env={"SEPTET_STATE": str(state)}).stdout
    return [piece["uuid"] for gpu in json.loads(listed)["gpus"] for piece in gpu["slices"]]


def cuda_device(uuid):
    return SLICE + uuid.removeprefix("MIG-").replace("-", "")


def test_a_slice_that_cuda_shows_as_it_is_has_no_mistake(tmp_path):
    uuid = uuids(tmp_path)[1]
    done = check(env=environment(tmp_path, cuda_device(uuid), CUDA_VISIBLE_DEVICES=uuid))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"CUDA_VISIBLE_DEVICES: {uuid}\n" in done.stdout
    assert "CUDA sees: 1 device(s)\nDevice 0: NVIDIA A100-SXM4-40GB MIG 1g.5gb\n" in done.stdout
    assert "  Memory: 4.8 GiB\n" in done.stdout
    assert "No mistakes found.\n" in done.stdout


def test_several_slices_of_which_cuda_shows_one_are_a_mistake(tmp_path):
    first, second = uuids(tmp_path)[:2]
    done = check(env=environment(tmp_path, cuda_device(first),
                                 CUDA_VISIBLE_DEVICES=f"{first},{second}"))
    assert done.returncode == 1
    assert "this process has 2 slices, and CUDA shows 1 [several-slices]" in done.stdout
    assert "remedy: run one process on each: septet run -n 2 -- COMMAND" in done.stdout


def test_another_slice_than_the_one_that_was_given_is_a_mistake(tmp_path):
    first, second = uuids(tmp_path)[:2]
    done = check("--json", env=environment(tmp_path, cuda_device(second),
                                           CUDA_VISIBLE_DEVICES=first))
    assert done.returncode == 1
    mistakes = json.loads(done.stdout)["mistakes"]
    assert [mistake["name"] for mistake in mistakes] == ["another-device"]


def test_a_cuda_that_does_not_start_is_quoted(tmp_path):
    uuid = uuids(tmp_path)[0]
    done = check(env=environment(tmp_path, "100", CUDA_VISIBLE_DEVICES=uuid))
    assert done.returncode == 1
    assert "why: cuInit: no CUDA-capable device is detected (100)" in done.stdout


def test_a_context_is_asked_only_on_request(tmp_path):
    uuid = uuids(tmp_path)[0]
    env = environment(tmp_path, cuda_device(uuid), CUDA_VISIBLE_DEVICES=uuid)
    assert "Free:" not in check(env=env).stdout
    assert "  Free: 512 MiB of 1 GiB\n" in check("--memory-free", env=env).stdout


def test_ranks_of_septet_run_have_a_slice_each_and_no_mistake(tmp_path):
    done = subprocess.run([PROGRAM, "run", "-q", "-n", "2", "--devices", f"sim:{SPEC}", "--",
                           PROGRAM, "check", "--json"], capture_output=True, text=True, timeout=60,
                          env=environment(tmp_path, ""), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for uuid in uuids(tmp_path)[:2]:
        assert f'"SEPTET_SLICE": "{uuid}"' in done.stdout
