# SPDX-License-Identifier: Apache-2.0
"""`pip install .` as a new user does it: in a fresh environment, from the root."""

import os
import pathlib
import subprocess
import venv

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ["SEPTET_PROGRAM"]
TRY = ("import numpy, septet; ranks = septet.Communicator.from_env();"
       "print(septet.__version__, septet.__file__, ranks.all_reduce(numpy.ones(1)), flush=True)")


def run(*words, **options):
    without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(words, env=without | options.pop("env", {}), capture_output=True,
                          text=True, timeout=1100, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def python(tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    return tmp_path / "venv/bin/python"


def test_a_fresh_environment_has_a_package_that_works(python, tmp_path):
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check",
        f"--config-settings=build-dir={tmp_path}/build",
        "--config-settings=cmake.define.SEPTET_CUDA=OFF", ROOT)
    out = run(PROGRAM, "run", "-q", "-n", "2", "--", python, "-c", TRY, cwd=tmp_path,
              env={"SEPTET_STATE": str(tmp_path), "SEPTET_DEVICES": "sim:a100-40gb:2x1g.10gb"})
    version = (ROOT / "CMakeLists.txt").read_text().partition("VERSION ")[2]
    version = version.partition("VERSION ")[2].split()[0]
    assert out.count(f"{version} {tmp_path}/venv/lib/") == 2
    assert out.count("[2.]") == 2
    wheel = next((tmp_path / "venv/lib").glob("python*/site-packages/septet/lib"))
    assert (wheel / "libseptet_audit.so").stat().st_size > 0
    shown = run(python, "-m", "pip", "show", "septet")
    assert shown.startswith(f"Name: septet\nVersion: {version}")
