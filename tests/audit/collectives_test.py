# SPDX-License-Identifier: Apache-2.0
"""--collectives: which NCCL the programs get that septet starts, and what they are told."""

import json
import os
import shutil
import subprocess

import pytest
import toys

SEPTET = os.environ["SEPTET_PROGRAM"]
NCCL_NEEDS = {"NCCL_MULTI_RANK_GPU_ENABLE": "1", "NCCL_MNNVL_ENABLE": "0", "NCCL_NVLS_ENABLE": "0"}
SHOWN = ("LD_AUDIT", "SEPTET_NCCL", "SEPTET_COLLECTIVES", "NCCL_MAX_CTAS", *NCCL_NEEDS)
SHOW = ("python3", "-c", "import json, os;"
        f"print(json.dumps({{name: os.environ[name] for name in {SHOWN} if name in os.environ}}))")


@pytest.fixture(name="installed")
def installed_fixture(tmp_path):
    """A folder with both libraries, the toy for libnccl.so.2."""
    folder = tmp_path / "installed"
    folder.mkdir()
    (folder / "libnccl.so.2").symlink_to(toys.OUR_NCCL)
    (folder / "libseptet_audit.so").symlink_to(toys.AUDIT)
    return folder


@pytest.fixture(name="environment")
def environment_fixture(tmp_path, installed):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("SEPTET_", "NCCL_", "LD_"))}
    return kept | {"SEPTET_STATE": str(tmp_path / "state"), "SEPTET_LIBRARIES": str(installed),
                   "SEPTET_DEVICES": "sim:a100-40gb:7x1g.5gb"}


def septet(environment, *words, folder=None):
    return subprocess.run([SEPTET, *map(str, words)], env=environment, capture_output=True,
                          text=True, timeout=60, check=False, cwd=folder)


def told(environment, *words):
    """The variables of SHOWN, as the command of septet `words` finds them; of rank 0."""
    done = septet(environment, *words, "--", *SHOW)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[0])


def ours(installed):
    return {"LD_AUDIT": f"{installed}/libseptet_audit.so",
            "SEPTET_NCCL": f"{installed}/libnccl.so.2"}


@pytest.mark.parametrize("verb", [("run", "-n", "2"), ("hold", "-n", "2"), ("bind",)])
def test_programs_on_slices_get_our_library_by_themselves(environment, installed, verb):
    assert told(environment, *verb) == ours(installed)
    done = septet(environment, *verb, "--", toys.PROGRAM, toys.WHEEL_NCCL)
    assert set(done.stdout.split()) == {toys.OUR_VERSION}, done.stderr


@pytest.mark.parametrize("verb", ["sweep", "ensemble"])
def test_trials_get_our_library_by_themselves(environment, tmp_path, verb):
    done = septet(environment, verb, "--list", "path=" + str(toys.WHEEL_NCCL), "--",
                  toys.PROGRAM, "{path}", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    out = tmp_path / f"septet-{verb}" / "trials" / "1"
    assert any(toys.OUR_VERSION in file.read_text() for file in out.iterdir() if file.is_file())


def test_programs_on_whole_gpus_keep_their_own(environment):
    environment["SEPTET_DEVICES"] = "sim:2*h100-80gb:off"
    assert told(environment, "run", "-n", "2") == {}


def test_without_an_installed_library_auto_changes_nothing(environment, tmp_path):
    alone = tmp_path / "bin" / "septet"
    alone.parent.mkdir()
    shutil.copy(SEPTET, alone)
    del environment["SEPTET_LIBRARIES"]
    done = subprocess.run([alone, "run", "-q", "--", *SHOW], env=environment, capture_output=True,
                          text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {}
    done = subprocess.run([alone, "run", "--collectives=septet", "--", *SHOW], env=environment,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 64
    assert f"not both in {tmp_path}/lib/septet" in done.stderr
    assert "SEPTET_LIBRARIES" in done.stderr


def test_a_folder_without_the_libraries_is_refused(environment, tmp_path):
    environment["SEPTET_LIBRARIES"] = str(tmp_path)
    done = septet(environment, "run", "--", "true")
    assert done.returncode == 64
    assert f"SEPTET_LIBRARIES: libnccl.so.2 and libseptet_audit.so are not both in {tmp_path}" \
        in done.stderr


def test_nccl_is_told_what_it_needs_for_several_ranks_on_a_gpu(environment):
    assert told(environment, "run", "-n", "4", "--collectives", "nccl") == {
        **NCCL_NEEDS, "NCCL_MAX_CTAS": "2", "SEPTET_COLLECTIVES": "nccl"}


def test_ranks_of_one_mpirun_count_together(environment):
    environment |= {"OMPI_COMM_WORLD_LOCAL_RANK": "0", "OMPI_COMM_WORLD_LOCAL_SIZE": "4",
                    "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4"}
    ranks = [subprocess.Popen([SEPTET, "bind", "--collectives=nccl", "--", *SHOW],
                              env=environment | {"OMPI_COMM_WORLD_LOCAL_RANK": str(rank),
                                                 "OMPI_COMM_WORLD_RANK": str(rank)},
                              stdout=subprocess.PIPE, text=True) for rank in range(4)]
    for rank in ranks:
        assert json.loads(rank.communicate(timeout=60)[0])["NCCL_MAX_CTAS"] == "2"


def test_what_is_asked_of_a_hold_holds_inside_it(environment):
    assert told(environment, "hold", "-n", "2", "--collectives=off", "--", SEPTET, "run", "-q") == {
        "SEPTET_COLLECTIVES": "off"}
    assert "SEPTET_NCCL" not in told(environment, "hold", "-n", "2", "--", SEPTET, "run", "-q",
                                     "--collectives=nccl")


def test_a_wrong_word_is_refused_wherever_it_stands(environment):
    done = septet(environment, "run", "--collectives=mpi", "--", "true")
    assert done.returncode == 64 and "--collectives" in done.stderr
    environment["SEPTET_COLLECTIVES"] = "mpi"
    done = septet(environment, "run", "--", "true")
    assert done.returncode == 64
    assert 'SEPTET_COLLECTIVES: "mpi" is none of auto, septet, nccl, off' in done.stderr


def test_a_dry_run_shows_the_variables(environment, installed):
    done = septet(environment, "run", "--dry-run", "-n", "2", "--", "true")
    assert f"  SEPTET_NCCL={installed}/libnccl.so.2\n" in done.stdout
    done = septet(environment, "run", "--dry-run", "-n", "2", "--collectives=nccl", "--", "true")
    assert "  NCCL_MULTI_RANK_GPU_ENABLE=1\n" in done.stdout
