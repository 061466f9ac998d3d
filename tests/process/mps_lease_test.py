# SPDX-License-Identifier: Apache-2.0
"""Leases of stand-in slices from start to end, on a simulated GPU with a stand-in for NVIDIA's MPS
control program. SEPTET_PROGRAM names the program, SEPTET_BUILD the build folder."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["SEPTET_PROGRAM"]
BUILD = pathlib.Path(os.environ["SEPTET_BUILD"])
SOON = 30
SHOW = "echo $SEPTET_SLICE $CUDA_MPS_PINNED_DEVICE_MEM_LIMIT $CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"

OWN_DAEMON = """
setsid nvidia-cuda-mps-control -f > /dev/null 2>&1 &
while [ ! -e $CUDA_MPS_PIPE_DIRECTORY/nvidia-cuda-mps-control.pid ]; do sleep 0.01; done
cat $CUDA_MPS_PIPE_DIRECTORY/nvidia-cuda-mps-control.pid
"""


def lives(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def happens(condition) -> bool:
    end = time.monotonic() + SOON
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class MpsLease(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mps.")  # Short: sockets lie in it.
        self.addCleanup(folder.cleanup)
        self.state = pathlib.Path(folder.name)
        self.environment = os.environ | {
            "SEPTET_STATE": folder.name, "PATH": f"{BUILD / 'fake_mps'}:{os.environ['PATH']}",
            "LD_LIBRARY_PATH": str(BUILD / "lib"), "SEPTET_SIMULATE": "2*h100-80gb:off"}
        self.addCleanup(lambda: happens(lambda: not self.daemons_live()))

    def daemons(self) -> list[int]:
        """All that were started, by the daemon's own log."""
        logs = self.state.glob("mps/*/log/control.log")
        lines = [line for log in logs for line in log.read_text().splitlines()]
        return [int(line.split()[1]) for line in lines if line.startswith("started")]

    def daemons_live(self) -> bool:
        return any(map(lives, self.daemons()))

    def start(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen([PROGRAM, *words], env=self.environment, text=True,
                                stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def run_on(self, shares: int, *words: str) -> list[str]:
        job = self.start(words[0], "--devices", f"mps:{shares}", "--quiet", *words[1:])
        out, _ = job.communicate(timeout=SOON)
        self.assertEqual(job.returncode, 0)
        return out.splitlines()

    def hold(self, slices: int) -> tuple[subprocess.Popen, int]:
        """A lease whose one process has begun and stays; that process."""
        job = self.start("hold", "-n", str(slices), "--devices", "mps:4", "--quiet", "--same-gpu",
                         "--", "sh", "-c", "echo $$; exec sleep 1000")
        self.addCleanup(lambda: (job.terminate(), job.communicate()))
        return job, int(job.stdout.readline())

    def test_each_rank_has_the_limits_of_its_share(self):
        lines = self.run_on(4, "run", "-n", "4", "--same-gpu", "--", "sh", "-c", SHOW)
        slices = {line.split()[0] for line in lines}
        self.assertEqual(len(slices), 4)
        self.assertEqual({line.split()[2] for line in lines}, {"25"})
        self.assertRegex(lines[0].split()[1], r"^0=\d+M$")
        self.assertEqual(len(self.daemons()), 1)

    def test_a_sweep_keeps_one_daemon_while_it_gives_its_shares_back_one_by_one(self):
        pid = "$(cat $CUDA_MPS_PIPE_DIRECTORY/nvidia-cuda-mps-control.pid)"
        lines = self.run_on(4, "sweep", "-n", "4", "--same-gpu", "--print", "--folder",
                            f"{self.state}/sweep", "--grid", "x=1,2,3,4,5,6,7,8", "--", "sh", "-c",
                            f"{SHOW}; sleep 0.{{x}}; kill -0 {pid} && echo alive")
        shown = [line.split() for line in lines if line != "alive"]
        self.assertEqual(lines.count("alive"), 8)
        self.assertEqual(len({slice for slice, _, _ in shown}), 4)
        self.assertEqual({percentage for _, _, percentage in shown}, {"25"})
        self.assertEqual(len(self.daemons()), 1)
        self.assertTrue(happens(lambda: not self.daemons_live()))

    def test_two_gpus_have_a_daemon_each(self):
        self.run_on(2, "run", "-n", "4", "--", "true")
        self.assertEqual(len(self.daemons()), 2)

    def test_daemon_outlives_the_launcher_that_started_it_but_not_the_last(self):
        first, _ = self.hold(2)
        second, process = self.hold(2)
        first.terminate()
        first.wait(SOON)
        self.assertTrue(lives(process))
        self.assertEqual(len(self.daemons()), 1)
        self.assertTrue(self.daemons_live())
        second.terminate()
        second.wait(SOON)
        self.assertTrue(happens(lambda: not self.daemons_live()))

    def test_killed_launcher_leaves_no_process_and_no_daemon(self):
        job, process = self.hold(4)
        os.kill(job.pid, signal.SIGKILL)
        self.assertTrue(happens(lambda: not lives(process)))
        self.assertTrue(happens(lambda: not self.daemons_live()))
        self.run_on(4, "run", "-n", "4", "--no-wait", "--", "true")

    def test_daemon_of_a_killed_keeper_outlives_the_launcher_that_started_it(self):
        first, _ = self.hold(2)
        [daemon] = self.daemons()
        keeper = parent_of(daemon)
        os.kill(keeper, signal.SIGKILL)
        self.assertTrue(happens(lambda: not lives(keeper)))
        second, _ = self.hold(2)  # Its keeper takes the daemon over.
        first.terminate()
        first.wait(SOON)
        self.assertEqual(self.daemons(), [daemon])
        self.assertTrue(lives(daemon))
        second.terminate()
        second.wait(SOON)
        self.assertTrue(happens(lambda: not lives(daemon)))

    def test_daemon_of_the_command_itself_ends_with_it(self):
        folder = self.state / "own"
        folder.mkdir()
        places = [f"CUDA_MPS_{kind}_DIRECTORY={folder}" for kind in ("PIPE", "LOG")]
        job = self.start("run", "--devices", "mps:4", "--", "env", *places, "sh", "-c", OWN_DAEMON)
        out, _ = job.communicate(timeout=SOON)
        self.assertEqual(job.returncode, 0)
        self.assertFalse(lives(int(out)))

    def test_run_inside_hold_uses_the_daemon_that_is_there(self):
        inner = f"{PROGRAM} run -n 4 --quiet -- sh -c '{SHOW}'"
        lines = self.run_on(4, "hold", "-n", "4", "--same-gpu", "--", "sh", "-c", inner)
        self.assertEqual(len({line.split()[0] for line in lines}), 4)
        self.assertEqual(len(self.daemons()), 1)

    def test_hold_over_several_gpus_says_what_its_process_sees(self):
        words = [PROGRAM, "hold", "-n", "3", "--devices", "mps:2", "--", "sh", "-c",
                 "echo $CUDA_VISIBLE_DEVICES; echo $NVIDIA_VISIBLE_DEVICES"]
        job = subprocess.run(words, text=True, env=self.environment, timeout=SOON,
                             capture_output=True)
        seen, named = (line.split(",") for line in job.stdout.splitlines())
        self.assertEqual((len(seen), len(named), len(set(named))), (1, 3, 2))
        self.assertIn("of one GPU", job.stderr)

    def test_without_the_control_program_it_says_where_to_get_it(self):
        job = subprocess.run([PROGRAM, "run", "--devices", "mps:2", "--", "true"], text=True,
                             env=self.environment | {"PATH": "/usr/bin:/bin"}, timeout=SOON,
                             capture_output=True)
        self.assertEqual(job.returncode, 69)
        self.assertIn("comes with NVIDIA's driver", job.stderr)


if __name__ == "__main__":
    unittest.main()
