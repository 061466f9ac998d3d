# SPDX-License-Identifier: Apache-2.0
"""Scripts that users have (tests/seed), as they are, under septet hold; and ranks of mpirun."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from launching import PROGRAM, Folder

SEED = pathlib.Path(__file__).parent.parent / "seed"

# Says what it was told, and that nobody else is on its slice meanwhile.
TRAIN = """
import fcntl, json, os, sys
uuid = os.environ["CUDA_VISIBLE_DEVICES"]
witness = open(f"witness.{uuid}", "w")
fcntl.flock(witness, fcntl.LOCK_EX | fcntl.LOCK_NB)
with open("trained", "a") as seen:
    seen.write(json.dumps({"uuid": uuid, "words": sys.argv[1:]}) + "\\n")
# All four are to be here at once before the first goes: they did not take turns.
while len(open("trained").read().splitlines()) < 4:
    pass
"""


@pytest.fixture
def folder():
    made = Folder()
    (made.path / "train.py").write_text(TRAIN)
    (made.path / "bin").mkdir()
    (made.path / "bin/python").symlink_to(sys.executable)
    yield made
    made.remove()


def trained(folder):
    return [json.loads(line) for line in folder.lines("trained")]


@pytest.mark.parametrize("script", ["hyperparameter_sweep.sh", "ensemble_train.sh"])
def test_the_scripts_of_the_guide_run_unchanged_on_four_slices(folder, script):
    path = f"{folder.path}/bin:/usr/bin:/bin"
    words = ("hold", "-n", "4", "--", "bash", str(SEED / script))
    with folder.start(*words, PATH=path) as septet:
        status, out, err = septet.finish()
        assert status == 0, out + err
        assert septet.everything_ends_within(1)
    runs = trained(folder)
    assert len({run["uuid"] for run in runs}) == len(runs) == 4
    assert all(run["uuid"].startswith("MIG-") for run in runs)
    assert len({tuple(run["words"]) for run in runs}) == 4


def mpirun(folder, size, *words, **more):
    command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", str(size), *words]
    return subprocess.run(command, env=folder.environment(**more), cwd=folder.path, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)


needs_mpi = pytest.mark.skipif(shutil.which("mpirun") is None, reason="mpirun is not installed")

# What mpi_train.py of the guide does, less MPI itself: the slice of the rank, then the work. Each
# to a file of its own: mpirun may put the lines of two ranks into one.
MPI_TRAIN = """
import json, os
told = {"local": os.environ["OMPI_COMM_WORLD_LOCAL_RANK"],
        "septet": os.environ["SEPTET_LOCAL_RANK"],
        "uuid": os.environ["CUDA_VISIBLE_DEVICES"],
        "lease": os.environ["SEPTET_LEASE"]}
json.dump(told, open("rank." + told["local"], "w"))
"""


def told_to(folder, ranks):
    return [json.loads((folder.path / f"rank.{rank}").read_text()) for rank in range(ranks)]


@needs_mpi
def test_ranks_of_mpirun_take_one_lease_and_the_slice_of_their_local_rank(folder):
    bind = [PROGRAM, "bind", "-q", "--", sys.executable, "-c", MPI_TRAIN]
    result = mpirun(folder, 4, *bind)
    assert result.returncode == 0, result.stderr
    ranks = told_to(folder, 4)
    assert all(rank["septet"] == rank["local"] for rank in ranks)
    assert len({rank["uuid"] for rank in ranks}) == 4
    assert len({rank["lease"] for rank in ranks}) == 1


@needs_mpi
def test_ranks_inside_a_hold_take_the_slices_that_are_held(folder):
    words = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", "2",
             PROGRAM, "bind", "-q", "--", sys.executable, "-c", MPI_TRAIN]
    with folder.start("hold", "-q", "-n", "2", "--", "sh", "-c",
                      'echo "$SEPTET_SLICES"; exec "$@"', "sh", *words) as septet:
        status, out, err = septet.finish()
    assert status == 0, err
    assert [rank["uuid"] for rank in told_to(folder, 2)] == out.strip().split(",")


@needs_mpi
def test_more_ranks_than_slices_are_refused(folder):
    result = mpirun(folder, 8, PROGRAM, "bind", "--", "true")
    assert result.returncode == 69
    assert "8 ranks on this host want a slice each" in result.stderr


def test_a_rank_that_never_comes_is_named(folder):
    status, _, err = folder.run("bind", "--join", "300ms", "--", "true",
                                OMPI_COMM_WORLD_LOCAL_RANK="1", OMPI_COMM_WORLD_LOCAL_SIZE="3")
    assert status == 76
    assert "local rank 0, 2 did not come" in err


def test_bind_without_a_rank_becomes_the_command_with_one_slice(folder):
    with folder.start("bind", "-q", "--", "sh", "-c", "echo $$ $CUDA_VISIBLE_DEVICES") as septet:
        status, out, _ = septet.finish()
        pid, uuid = out.split()
    assert status == 0
    assert int(pid) == septet.process.pid
    assert uuid.startswith("MIG-")


def test_a_killed_leader_is_followed_by_another(folder):
    """The first rank waits for the rest in vain and is killed; the next ones do without it."""
    told = {"OMPI_COMM_WORLD_LOCAL_SIZE": "2", "PMIX_NAMESPACE": "job"}
    words = ("bind", "--", "true")
    with folder.start(*words, **told, OMPI_COMM_WORLD_LOCAL_RANK="0") as first:
        assert "septet: 0:0" in first.process.stderr.readline()
        first.process.kill()
        first.process.wait()
        with folder.start(*words, **told, OMPI_COMM_WORLD_LOCAL_RANK="0") as again:
            assert folder.run(*words, **told, OMPI_COMM_WORLD_LOCAL_RANK="1")[0] == 0
            assert again.finish()[0] == 0
