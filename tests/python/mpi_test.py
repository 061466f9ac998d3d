# SPDX-License-Identifier: Apache-2.0
"""septet.MPI: programs written for mpi4py, with one import changed."""

import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from ranks import PATIENCE, PROGRAM, environment, on_slices, run_ranks

SEED = pathlib.Path(__file__).parent.parent / "seed"
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np"]
needs_mpirun = pytest.mark.skipif(shutil.which("mpirun") is None, reason="mpirun is not installed")


def spelled_as_mpi4py(_):
    """The calls of mpi4py's tutorial, arrays and objects."""
    from septet import MPI
    world = MPI.COMM_WORLD
    rank, size = world.Get_rank(), world.Get_size()
    own, total = np.full(4, rank, "d"), np.empty(4)
    world.Allreduce(own, total, op=MPI.SUM)
    assert total[0] == sum(range(size))
    world.Allreduce(MPI.IN_PLACE, own, op=MPI.MAX)
    assert own[0] == size - 1
    table = np.zeros((size, 2), "i")
    table[rank] = rank
    world.Allgather(MPI.IN_PLACE, table)
    assert table[:, 1].tolist() == list(range(size))
    gathered = np.empty((size, 2), "i") if rank == 0 else None
    world.Gather(table[rank], gathered, root=0)
    back = np.empty(2, "i")
    world.Scatter(gathered, back, root=0)
    assert back.tolist() == [rank, rank]
    swapped = np.empty(size, "i")
    world.Alltoall(np.arange(size, dtype="i"), swapped)
    assert swapped.tolist() == [rank] * size
    world.Bcast(back, root=1)
    assert back[0] == 1
    world.Reduce(back, back if rank == 0 else None, op=MPI.PROD, root=0)
    if rank == 0:
        world.Send(np.arange(3), dest=1)
    elif rank == 1:
        world.Recv(np.empty(3, int), source=0)
    world.Barrier()
    return objects(world, MPI)


def objects(world, MPI):
    rank, size = world.rank, world.size
    assert world.bcast({"lr": 0.1} if rank == 0 else None, root=0) == {"lr": 0.1}
    assert world.allgather("x" * rank) == ["x" * each for each in range(size)]
    assert world.allreduce(rank, op=MPI.SUM) == sum(range(size))
    assert world.allreduce([rank]) == list(range(size))
    assert world.gather((rank,), root=1) == ([(each,) for each in range(size)]
                                             if rank == 1 else None)
    assert world.scatter(list("abcd")[:size] if rank == 0 else None, root=0) == "abcd"[rank]
    assert world.reduce(rank, op=MPI.MAX, root=0) == (size - 1 if rank == 0 else None)
    if rank == 0:
        world.send([1, 2], dest=1)
    elif rank == 1:
        assert world.recv(source=0) == [1, 2]
    return world.Split(rank % 2, rank).size


def test_arrays_and_objects_go_as_in_mpi4py():
    assert on_slices(3, spelled_as_mpi4py) == [2, 1, 2]


def who_am_i(ranks):
    return [ranks.rank, ranks.size, float(ranks.all_reduce(np.ones(1))[0])]


@needs_mpirun
def test_ranks_of_mpirun_meet():
    assert run_ranks([*MPIRUN, "3"], who_am_i) == [[r, 3, 3.0] for r in range(3)]


@needs_mpirun
def test_ranks_of_mpirun_with_septet_bind_meet():
    launcher = [*MPIRUN, "2", PROGRAM, "bind", "-q", "--"]
    assert run_ranks(launcher, who_am_i) == [[r, 2, 2.0] for r in range(2)]


@needs_mpirun
def test_the_nearer_launcher_counts():
    inside = [PROGRAM, "run", "-q", "-n", "1", "--", *MPIRUN, "2"]
    assert run_ranks(inside, who_am_i) == [[r, 2, 2.0] for r in range(2)]
    around = [*MPIRUN, "1", PROGRAM, "run", "-q", "-n", "2", "--"]
    assert run_ranks(around, who_am_i) == [[r, 2, 2.0] for r in range(2)]


@pytest.mark.skipif(shutil.which("mpiexec.hydra") is None, reason="MPICH is not installed")
def test_ranks_of_mpich_meet_even_behind_a_shell():
    launcher = ["mpiexec.hydra", "-n", "2", "sh", "-c", '"$@"; true', "sh"]
    assert run_ranks(launcher, who_am_i) == [[r, 2, 2.0] for r in range(2)]


def python(code, **variables):
    return subprocess.run([sys.executable, "-c", code],
                          env=environment("/nonexistent", **variables), capture_output=True,
                          text=True, timeout=PATIENCE, check=False)


def test_without_launcher_from_env_says_how_and_mpi_has_one_rank():
    told = python("import septet; septet.Communicator.from_env()")
    assert told.returncode == 1 and "UsageError: no launcher of ranks" in told.stderr
    assert "septet run -n N" in told.stderr
    alone = python("from septet import MPI; print(MPI.COMM_WORLD.Get_size())")
    assert alone.stdout == "1\n", alone.stderr


def test_ranks_on_several_hosts_are_refused():
    told = python("import septet; septet.Communicator.from_env()", OMPI_COMM_WORLD_RANK="0",
                  OMPI_COMM_WORLD_SIZE="8", OMPI_COMM_WORLD_LOCAL_SIZE="4")
    assert "4 of 8 are here" in told.stderr


def test_what_is_not_there_says_so():
    told = python("from septet import MPI; MPI.COMM_WORLD.send(1, 0, tag=3)")
    assert "without tags" in told.stderr
    assert "septet.MPI has no Win" in python("from septet import MPI; MPI.Win").stderr


# What stands for "Your training code here" in the guide, with the sum over MPI that it asks for.
TRAINING = """
import numpy as np
gradient = np.full(1000, rank + 1, dtype=np.float32)
total = np.empty_like(gradient)
comm.Allreduce(gradient, total, op=MPI.SUM)
slice = os.environ["CUDA_VISIBLE_DEVICES"]
print(f"{rank} of {comm.Get_size()} on {slice}: {total[0]}", flush=True)
"""


def test_the_program_of_the_guide_runs_with_one_import_changed(tmp_path):
    script = (SEED / "mpi_train.py").read_text()
    changed = script.replace("from mpi4py import MPI", "from septet import MPI")
    assert changed != script
    (tmp_path / "train.py").write_text(changed + TRAINING)
    # Only imported there, and too large to install for that.
    (tmp_path / "torch.py").write_text("")
    done = subprocess.run([PROGRAM, "run", "-q", "-n", "4", "--", sys.executable, "train.py"],
                          cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    lines = sorted(done.stdout.splitlines())
    assert [line.split(" on ")[0] for line in lines] == [f"{rank} of 4" for rank in range(4)]
    assert all(line.endswith(": 10.0") for line in lines)
    assert len({line.split()[4] for line in lines}) == 4
