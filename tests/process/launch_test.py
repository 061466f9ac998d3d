# SPDX-License-Identifier: Apache-2.0
"""septet run and hold as their users see them, on simulated slices."""

import json
import signal
import subprocess
import sys

import pytest

from launching import BUILD, PROGRAM, SLICES, Folder, wait_for


@pytest.fixture
def folder():
    made = Folder()
    yield made
    made.remove()


def have_said(folder, word):
    """Whether ranks 0 and 1 both have made their file of that name."""
    return all((folder.path / f"{word}.{rank}").exists() for rank in (0, 1))


def as_dict(text):
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def environments(folder, *options, ranks=3, **more):
    """What each rank was told, by rank."""
    script = 'env > env.$RANK'
    status, _, err = folder.run("run", "-n", str(ranks), *options, "--", "sh", "-c", script, **more)
    assert status == 0, err
    return [as_dict((folder.path / f"env.{rank}").read_text()) for rank in range(ranks)]


def test_each_rank_has_a_slice_of_its_own_and_nothing_else(folder):
    ranks = environments(folder)
    assert len({rank["CUDA_VISIBLE_DEVICES"] for rank in ranks}) == 3
    for rank in ranks:
        assert rank["CUDA_VISIBLE_DEVICES"].startswith("MIG-")
        assert rank["NVIDIA_VISIBLE_DEVICES"] == rank["CUDA_VISIBLE_DEVICES"]
        assert rank["SEPTET_SLICE"] == rank["SEPTET_SLICES"] == rank["CUDA_VISIBLE_DEVICES"]
        assert rank["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
        assert rank["SEPTET_SLICE_PROFILE"] == "1g.10gb"
        assert int(rank["SEPTET_SLICE_MEMORY"]) > 9 * 2**30
        assert rank["SEPTET_DEVICES"] == SLICES


TORCHRUN = ("RANK LOCAL_RANK WORLD_SIZE LOCAL_WORLD_SIZE GROUP_RANK GROUP_WORLD_SIZE ROLE_NAME "
            "ROLE_RANK ROLE_WORLD_SIZE MASTER_ADDR MASTER_PORT TORCHELASTIC_RUN_ID "
            "TORCHELASTIC_RESTART_COUNT TORCHELASTIC_MAX_RESTARTS TORCHELASTIC_USE_AGENT_STORE "
            "TORCH_NCCL_ASYNC_ERROR_HANDLING OMP_NUM_THREADS").split()


@pytest.mark.parametrize("style", ["local", "node"])
def test_ranks_get_the_whole_set_that_torchrun_sets(folder, style):
    for rank, told in enumerate(environments(folder, "--ranks", style)):
        assert set(TORCHRUN) <= set(told)
        assert (told["RANK"], told["WORLD_SIZE"], told["LOCAL_RANK"]) == (str(rank), "3", "0")
        node = (str(rank), "3", "1") if style == "node" else ("0", "1", "3")
        assert (told["GROUP_RANK"], told["GROUP_WORLD_SIZE"], told["LOCAL_WORLD_SIZE"]) == node
        assert told["NODE_RANK"] == told["GROUP_RANK"]
        assert told["SEPTET_RANK"] == told["SEPTET_LOCAL_RANK"] == str(rank)


def test_ranks_of_one_job_share_a_port_that_is_free(folder):
    script = ("import os, socket; s = socket.socket(); "
              "s.bind((os.environ['MASTER_ADDR'], int(os.environ['MASTER_PORT']))) "
              "if os.environ['RANK'] == '0' else None; print(os.environ['MASTER_PORT'])")
    status, out, err = folder.run("run", "-n", "3", "--", sys.executable, "-c", script)
    assert status == 0, err
    assert len(set(out.split())) == 1


def test_thread_count_of_the_user_is_left_alone(folder):
    for told in environments(folder, OMP_NUM_THREADS="5"):
        assert told["OMP_NUM_THREADS"] == "5"


def test_a_hold_sees_all_slices_in_one_process(folder):
    status, out, _ = folder.run("hold", "-n", "4", "--", "env")
    told = as_dict(out)
    assert status == 0
    assert len(told["CUDA_VISIBLE_DEVICES"].split(",")) == 4
    assert told["NVIDIA_VISIBLE_DEVICES"] == told["SEPTET_SLICES"] == told["CUDA_VISIBLE_DEVICES"]
    assert "RANK" not in told


def test_a_run_inside_a_hold_shares_out_what_is_held(folder):
    inner = ('echo held $SEPTET_SLICES; '
             '"$PROGRAM" run -n 3 --no-wait -- sh -c "echo got \\$SEPTET_SLICE"')
    status, out, err = folder.run("hold", "-n", "3", "--", "sh", "-c", inner, PROGRAM=PROGRAM)
    assert status == 0, err
    held = out.splitlines()[0].split()[1].split(",")
    assert sorted(line.split()[1] for line in out.splitlines()[1:]) == sorted(held)


def test_a_single_command_keeps_its_own_status_and_streams(folder):
    script = "printf out; printf err >&2; exit 7"
    status, out, err = folder.run("run", "-q", "--", "sh", "-c", script)
    assert (status, out) == (7, "out")
    assert err.startswith("err")


def test_a_single_command_that_dies_of_a_signal_gives_128_and_its_number(folder):
    status, _, err = folder.run("run", "--", "sh", "-c", "kill -SEGV $$")
    assert status == 128 + signal.SIGSEGV
    assert "was killed by SIGSEGV" in err


def test_the_first_failure_is_named_with_its_last_lines_and_ends_the_others(folder):
    script = 'if [ $RANK = 2 ]; then echo the cause >&2; exit 5; fi; exec sleep 1000'
    with folder.start("run", "-n", "4", "--", "sh", "-c", script) as septet:
        status, _, err = septet.finish()
        assert status == 5
        assert "rank 2 on slice 0:2 MIG-" in err
        assert "exited with status 5, the first to fail" in err
        assert "septet:   | the cause" in err
        assert septet.everything_ends_within(0)


def test_a_command_that_is_not_there_takes_no_slice(folder):
    status, _, err = folder.run("run", "--", "no-such-program")
    assert status == 64
    assert '"no-such-program": not found along PATH' in err
    assert not folder.state.exists()


def test_what_is_not_executable_is_told(folder):
    (folder.path / "script").write_text("echo hi\n")
    status, _, err = folder.run("run", "--", "./script")
    assert status == 64 and "not executable: chmod +x" in err
    (folder.path / "script").chmod(0o755)
    assert folder.run("run", "-q", "--", "./script")[:2] == (0, "hi\n")  # As a shell would.


def test_lines_of_seven_ranks_are_whole_and_none_is_lost(folder):
    script = ("import os\n"
              "for i in range(10000):\n"
              "  print(os.environ['RANK'], i, 'x' * (i % 97), flush=i % 7 == 0)")
    status, out, _ = folder.run("run", "-n", "7", "-q", "--", sys.executable, "-c", script)
    assert status == 0
    seen = [0] * 7
    for line in out.splitlines():
        rank, number, *fill = line.split(" ")
        assert int(number) == seen[int(rank)]
        assert fill == ["x" * (int(number) % 97)]
        seen[int(rank)] += 1
    assert seen == [10000] * 7


def test_tags_begin_each_line_and_end_the_last(folder):
    script = 'printf "a\\nb"; [ $RANK = 0 ] || printf err >&2'
    status, out, err = folder.run("run", "-q", "-n", "2", "--tag", "--", "sh", "-c", script)
    assert status == 0
    assert sorted(out.splitlines()) == ["[0] a", "[0] b", "[1] a", "[1] b"]
    assert err == "[1] err\n"


def test_a_long_line_passes_in_pieces_and_whole(folder):
    script = "import sys; sys.stdout.write('y' * 1000000)"
    status, out, _ = folder.run("run", "-q", "-n", "2", "--", sys.executable, "-c", script)
    assert status == 0
    assert out == "y" * 2000000


def test_a_reader_who_leaves_ends_the_writers(folder):
    with folder.start("run", "-q", "-n", "2", "--", "yes") as septet:
        septet.process.stdout.readline()
        septet.process.stdout.close()
        assert septet.process.wait(60) == 128 + signal.SIGPIPE
        assert septet.everything_ends_within(1)


def test_logs_hold_what_each_rank_wrote(folder):
    script = "echo out $RANK; echo err $RANK >&2"
    assert folder.run("run", "-n", "2", "--log-folder", "logs", "--", "sh", "-c", script)[0] == 0
    for rank in (0, 1):
        assert folder.lines(f"logs/rank-{rank}.out") == [f"out {rank}"]
        assert folder.lines(f"logs/rank-{rank}.err") == [f"err {rank}"]


def test_standard_input_goes_to_rank_0(folder):
    words = ("run", "-q", "--tag", "-n", "2", "--", "cat")
    with folder.start(*words, stdin=subprocess.PIPE) as septet:
        out, _ = septet.process.communicate("hello\n", timeout=60)
    assert out == "[0] hello\n"


def test_a_restart_starts_all_ranks_and_counts(folder):
    script = ('attempt=$TORCHELASTIC_RESTART_COUNT; echo $RANK $attempt >> seen; '
              'while [ $(grep -c " $attempt" seen) -lt 2 ]; do sleep 0.01; done; '
              'exit $((attempt < 2 && RANK == 1))')
    report = folder.path / "report.json"
    status, _, err = folder.run("run", "-n", "2", "--max-restarts", "3", "--report", str(report),
                                "--", "bash", "-c", script)
    assert status == 0, err
    assert sorted(folder.lines("seen")) == ["0 0", "0 1", "0 2", "1 0", "1 1", "1 2"]
    assert json.loads(report.read_text())["restarts"] == 2


def test_restarts_end(folder):
    status, _, err = folder.run("run", "-n", "2", "--max-restarts", "2", "--", "sh", "-c", "exit 9")
    assert status == 9
    assert "restart 2 of 2" in err


def test_a_time_limit_gives_124(folder):
    status, _, err = folder.run("run", "-n", "2", "--timeout", "200ms", "--", "sleep", "1000")
    assert status == 124
    assert "the time limit is over" in err


def test_the_report_tells_how_each_rank_ended(folder):
    report = folder.path / "report.json"
    script = 'if [ $RANK = 1 ]; then echo why; exit 3; fi; sleep 1000'
    folder.run("run", "-n", "2", "--report", str(report), "--", "sh", "-c", script)
    told = json.loads(report.read_text())
    assert (told["version"], told["status"], told["first_failure"]) == (1, 3, 1)
    assert told["ranks"][1]["last_lines"] == ["why"]
    assert told["ranks"][0]["signal"] == signal.SIGTERM


def test_a_dry_run_shows_all_and_takes_nothing(folder):
    status, out, _ = folder.run("run", "--dry-run", "-n", "2", "--", "touch", "it is done")
    assert status == 0
    assert "rank 1: 0:1 (1g.10gb)" in out and "CUDA_VISIBLE_DEVICES=MIG-" in out
    assert "command: touch 'it is done'" in out
    assert not (folder.path / "it is done").exists()


def test_what_a_command_left_behind_is_ended(folder):
    script = "setsid sleep 1000 & (setsid nohup sleep 1000 &) ; exit 0"
    with folder.start("run", "-n", "2", "--", "sh", "-c", script) as septet:
        status, _, err = septet.finish()
        assert status == 0
        assert "that the command left behind" in err
        assert septet.everything_ends_within(0)


def test_what_ignores_term_is_killed_after_the_grace_time(folder):
    script = 'trap "" TERM; echo > ready.$RANK; while :; do sleep 1; done'
    with folder.start("run", "-n", "2", "--grace", "300ms", "--", "sh", "-c", script) as septet:
        wait_for(lambda: have_said(folder, "ready"))
        septet.process.terminate()
        status, _, err = septet.finish()
        assert status == 128 + signal.SIGTERM
        assert "the grace time is over" in err
        assert septet.everything_ends_within(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_that_ends_gives_128_and_its_number(folder, number):
    script = "echo > ready.$RANK; sleep 1000"
    with folder.start("run", "-n", "2", "--", "sh", "-c", script) as septet:
        wait_for(lambda: have_said(folder, "ready"))
        septet.process.send_signal(number)
        assert septet.finish()[0] == 128 + number
        assert septet.everything_ends_within(0)


def test_a_second_interrupt_kills_at_once(folder):
    script = 'trap "echo > heard.$RANK" INT; echo > ready.$RANK; while :; do sleep 0.01; done'
    with folder.start("run", "-n", "2", "--grace", "10m", "--", "sh", "-c", script) as septet:
        for stage in ("ready", "heard"):
            wait_for(lambda: have_said(folder, stage))
            septet.process.send_signal(signal.SIGINT)
        assert septet.finish()[0] == 130
        assert septet.everything_ends_within(0)


def test_user_signals_reach_every_rank(folder):
    script = 'trap "exit 0" USR1; echo > ready.$RANK; while :; do sleep 0.01; done'
    with folder.start("run", "-n", "2", "--", "sh", "-c", script) as septet:
        wait_for(lambda: have_said(folder, "ready"))
        septet.process.send_signal(signal.SIGUSR1)
        assert septet.finish()[0] == 0


def test_slices_are_free_again_for_the_next(folder):
    for _ in range(3):
        assert folder.run("run", "-n", "7", "--no-wait", "--", "true")[0] == 0


def test_no_wait_says_who_has_the_slices(folder):
    with folder.start("hold", "-n", "7", "--", "sh", "-c", "echo > ready; sleep 1000"):
        wait_for(lambda: (folder.path / "ready").exists())
        status, _, err = folder.run("run", "--no-wait", "--", "true")
        assert status == 75 and "septet ps" in err
        status, _, err = folder.run("run", "--wait=100ms", "--", "true")
        assert status == 75 and "waiting for slices that" in err


def blocks_child_signals(status):
    mask = int(as_dict(status.replace(":\t", "="))["SigBlk"], 16)
    return mask >> (signal.SIGCHLD - 1) & 1


def test_a_thread_that_the_driver_leaves_behind_takes_no_signal_of_ours(folder):
    """Real NVML starts one. With its signals open it took SIGCHLD, and septet never ended."""
    show = "for thread in /proc/$PPID/task/*; do cat $thread/status; done"
    status, out, err = folder.run(
        "run", "-n", "1", "--", "sh", "-c", show, SEPTET_DEVICES="nvml",
        SEPTET_SIMULATE="a100-80gb:7x1g.10gb", SEPTET_SIMULATE_THREAD="1",
        LD_LIBRARY_PATH=str(BUILD / "lib"))
    assert status == 0, err
    threads = out.split("Name:")[1:]
    assert len(threads) == 2
    assert all(blocks_child_signals(thread) for thread in threads)
