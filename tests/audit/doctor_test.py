# SPDX-License-Identifier: Apache-2.0
"""septet doctor: a Python with toy programs in the layout of real wheels, and a simulated NVML."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import toys

SEPTET = os.environ["SEPTET_PROGRAM"]
LIBRARIES = toys.BUILD / "lib"
PROGRAMS = ("torch", "cupy", "jax", "xgboost", "vllm")


@pytest.fixture(name="site")
def site_fixture(tmp_path):
    """Site-packages with each program. None can be imported: that would be seen."""
    site = tmp_path / "site"
    # NVIDIA's wheel has no link for linkers.
    shutil.copytree(toys.SITE, site, ignore=shutil.ignore_patterns("libnccl.so"))
    for package in (*PROGRAMS, "cupy_backends", "jax_cuda12_plugin"):
        (site / package).mkdir(exist_ok=True)
        (site / package / "__init__.py").write_text("raise SystemExit('imported')\n")
    metadata = site / "torch-2.8.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.8.0\n")
    return site


@pytest.fixture(name="environment")
def environment_fixture(tmp_path, site):
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / "libnccl.so.2").symlink_to(toys.OUR_NCCL)
    (installed / "libseptet_audit.so").symlink_to(toys.AUDIT)
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("SEPTET_", "NCCL_", "LD_", "VLLM_"))}
    return kept | {"SEPTET_STATE": str(tmp_path / "state"), "SEPTET_LIBRARIES": str(installed),
                   "SEPTET_DEVICES": "sim:a100-40gb:7x1g.5gb", "PYTHONPATH": str(site)}


def doctor(environment, *words):
    return subprocess.run([SEPTET, "doctor", *words], env=environment, capture_output=True,
                          text=True, timeout=120, check=False)


def report(environment, *words, python=sys.executable):
    done = doctor(environment, "--json", *words, *([python] if python else []))
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)
    assert found["version"] == 1
    faults = [each for each in found["ailments"] + found["programs"] if each["fault"]]
    assert done.returncode == (1 if faults else 0)
    return found


def programs(environment, *words):
    return {each["name"]: each for each in report(environment, *words)["programs"]}


def ailments(environment, *words):
    """Their names, for a host without a Python to look at."""
    found = report(environment | {"PATH": "/nowhere"}, *words, python=None)
    return {each["name"]: each["fault"] for each in found["ailments"]}


def test_on_slices_every_program_loads_our_library(environment):
    found = programs(environment)
    assert set(found) == set(PROGRAMS)
    for name, each in found.items():
        assert each["verdict"] == "Septet's", name
        assert each["nccl_version"] == int(toys.OUR_VERSION)
        assert each["libraries"] == [str(toys.OUR_NCCL)]
    assert found["torch"]["version"] == "2.8.0"


def test_their_own_nccl_is_judged_by_its_version(environment, site):
    found = programs(environment, "--collectives=nccl")
    for name, each in found.items():
        assert each["fault"], name
        assert "before 2.30" in each["verdict"]
        assert each["libraries"] == [str(site / "nvidia/nccl/lib/libnccl.so.2")]
        assert each["nccl_version"] == int(toys.WHEEL_VERSION)


def test_on_whole_gpus_their_own_is_well(environment):
    found = programs(environment, "--devices", "sim:h100-80gb:off")
    assert {each["verdict"] for each in found.values()} == {"its own"}


def test_a_build_without_cuda_has_no_nccl_and_what_is_broken_is_quoted(environment, site):
    shutil.rmtree(site / "torch" / "lib")
    (site / "cupy_backends/cuda/libs/nccl.abi3.so").write_text("no library")
    found = programs(environment)
    assert found["torch"]["verdict"] == "has no NCCL" and not found["torch"]["fault"]
    assert found["cupy"]["verdict"].startswith("cannot load it: ") and found["cupy"]["fault"]


def test_a_library_of_another_name_is_not_ours(environment, site):
    other = shutil.copy(toys.WHEEL_NCCL, site / "libother.so")
    found = programs(environment | {"VLLM_NCCL_SO_PATH": str(other)})
    assert found["vllm"]["fault"]
    assert found["vllm"]["verdict"].startswith("not Septet's: ")


def test_what_lies_in_the_working_folder_is_no_program(environment, tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    del environment["PYTHONPATH"]
    done = subprocess.run([SEPTET, "doctor", "--json", sys.executable], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, timeout=120,
                          check=False)
    names = [each["name"] for each in json.loads(done.stdout)["programs"]
             if str(tmp_path) in str(each)]
    assert names == []


def test_the_table_names_program_version_and_library(environment):
    done = doctor(environment, sys.executable)
    assert done.returncode == 0, done.stdout
    assert "Host: 1 GPU, 7 slices; sim:a100-40gb:7x1g.5gb, driver " in done.stdout
    assert "torch    2.8.0    2.30.7  linked with libtorch_cuda.so" in done.stdout
    assert f"xgboost loads {toys.OUR_NCCL}\n" in done.stdout
    assert done.stdout.endswith("\nNo faults found.\n")


def test_what_is_no_python_is_refused(environment):
    assert doctor(environment, "no-such-python").returncode == 64
    done = doctor(environment, "/bin/true")
    assert done.returncode == 71
    assert "the Python process that runs a look at python has ended" in done.stderr


def through_nvml(environment, spec):
    return environment | {"SEPTET_DEVICES": "nvml", "SEPTET_SIMULATE": spec,
                          "LD_LIBRARY_PATH": str(LIBRARIES)}


def test_faults_of_a_host_are_found_through_nvml(environment):
    assert ailments(through_nvml(environment, "a100-40gb:empty"))["mig-empty"]
    assert not ailments(through_nvml(environment, "h100-80gb:off"))["no-mps"]
    assert ailments(through_nvml(environment, "h100-80gb:off"), "--devices=mps:4")["no-mps"]
    found = ailments(through_nvml(environment, "a100-40gb:7x1g.5gb"))
    assert not any(found.values()), found


def test_a_host_without_a_driver_is_a_fault(environment):
    if pathlib.Path("/dev/nvidiactl").exists():
        pytest.skip("this host has a driver")
    assert ailments(environment | {"SEPTET_DEVICES": "nvml"})["no-driver"]


def test_libraries_that_are_not_where_they_should_be_are_a_fault(environment, tmp_path):
    assert ailments(environment | {"SEPTET_LIBRARIES": str(tmp_path)})["collectives"]
