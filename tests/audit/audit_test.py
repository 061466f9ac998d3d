# SPDX-License-Identifier: Apache-2.0
"""libseptet_audit.so, for each way in which programs load NCCL, with toy libraries."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import toys

BY_CTYPES = ("import ctypes, sys; library = ctypes.CDLL(sys.argv[1]); version = ctypes.c_int();"
             "library.ncclGetVersion(ctypes.byref(version)); print(version.value)")
# RPATH as in torch's wheel, RUNPATH as in CuPy's.
LINKED = {"rpath": toys.SITE / "torch/lib/libtorch_cuda.so",
          "runpath": toys.SITE / "cupy_backends/cuda/libs/nccl.abi3.so"}


def environment(**variables):
    kept = {name: value for name, value in os.environ.items()
            if name not in ("LD_AUDIT", "LD_PRELOAD", "LD_LIBRARY_PATH", "SEPTET_NCCL")}
    return kept | variables


def audited(nccl=toys.OUR_NCCL, **variables):
    return environment(LD_AUDIT=str(toys.AUDIT), SEPTET_NCCL=str(nccl), **variables)


def run(*command, env):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60,
                          env=env, check=False)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def version(library, env):
    """Of the NCCL that a program gets which asks for `library`."""
    status, out, err = run(toys.PROGRAM, library, env=env)
    assert (status, err) == (0, "")
    return out


def test_an_absolute_path_is_answered_with_our_library():
    assert version(toys.WHEEL_NCCL, environment()) == toys.WHEEL_VERSION
    assert version(toys.WHEEL_NCCL, audited()) == toys.OUR_VERSION


def test_a_bare_soname_is_answered_with_our_library():
    assert version("libnccl.so.2", audited()) == toys.OUR_VERSION


def test_our_library_comes_before_those_of_ld_library_path():
    env = audited(LD_LIBRARY_PATH=str(toys.WHEEL_NCCL.parent))
    assert version("libnccl.so.2", env) == toys.OUR_VERSION


@pytest.mark.parametrize("kind", LINKED)
def test_what_a_library_is_linked_with_is_answered_with_our_library(kind):
    dynamic = subprocess.run(["readelf", "-d", LINKED[kind]], check=True, capture_output=True,
                             text=True).stdout
    assert f"({kind.upper()})" in dynamic
    assert version(LINKED[kind], environment()) == toys.WHEEL_VERSION
    assert version(LINKED[kind], audited()) == toys.OUR_VERSION


@pytest.mark.parametrize("request_for", ["libnccl.so.2", toys.WHEEL_NCCL])
def test_ctypes_of_python_gets_our_library(request_for):
    assert run(sys.executable, "-c", BY_CTYPES, request_for, env=audited()) == (
        0, toys.OUR_VERSION, "")


def test_children_of_children_get_our_library():
    assert run("sh", "-c", f"env {toys.PROGRAM} libnccl.so.2", env=audited()) == (
        0, toys.OUR_VERSION, "")


@pytest.mark.parametrize("name", ["libnccl.so", "libnccl.so.2", "libnccl.so.2.27.3"])
def test_each_name_of_nccl_is_answered(name):
    assert version(name, audited()) == toys.OUR_VERSION


@pytest.mark.parametrize("name", ["libnccl-net.so", "libnccl-tuner.so.2", "libnccl.so.3",
                                  "libnccl.so.20", "libnccl.so.2.", "libnccl.so.2.x",
                                  "libnccl.so.2.0.old", "mylibnccl.so.2", "libnccl_static.so.2"])
def test_no_other_name_is_answered(tmp_path, name):
    shutil.copy(toys.WHEEL_NCCL, tmp_path / name)
    assert version(tmp_path / name, audited()) == toys.WHEEL_VERSION


def test_a_folder_that_is_called_like_nccl_is_not_nccl(tmp_path):
    (tmp_path / "libnccl.so.2").mkdir()
    other = shutil.copy(toys.WHEEL_NCCL, tmp_path / "libnccl.so.2" / "libother.so")
    assert version(other, audited()) == toys.WHEEL_VERSION


def test_our_library_asked_for_by_its_path_is_that():
    assert version(toys.OUR_NCCL, audited()) == toys.OUR_VERSION


@pytest.mark.parametrize("nccl", [{}, {"SEPTET_NCCL": ""}, {"SEPTET_NCCL": "lib/libnccl.so.2"},
                                  {"SEPTET_NCCL": "/" + "x" * 5000}])
def test_without_an_absolute_path_nothing_changes(nccl):
    env = environment(LD_AUDIT=str(toys.AUDIT), **nccl)
    assert version(toys.WHEEL_NCCL, env) == toys.WHEEL_VERSION


@pytest.mark.parametrize("order", [(toys.AUDIT, toys.AUDITOR), (toys.AUDITOR, toys.AUDIT)])
def test_it_works_beside_another_audit_library(tmp_path, order):
    other = shutil.copy(toys.WHEEL_NCCL, tmp_path / "libsomething.so")
    env = environment(LD_AUDIT=":".join(map(str, order)), SEPTET_NCCL=str(toys.OUR_NCCL),
                      SEPTET_TEST_OTHER=str(other))
    assert version("libnccl.so.2", env) == toys.OUR_VERSION
    assert version("libother.so", env) == toys.WHEEL_VERSION


def test_a_program_that_overwrites_its_environment_gets_our_library():
    """As setproctitle does: the strings that the process was started with are gone."""
    overwrite = ("import ctypes, pathlib; process = pathlib.Path('/proc/self');"
                 "fields = (process / 'stat').read_text().rpartition(')')[2].split();"
                 "start, end = int(fields[47]), int(fields[48]);"
                 "ctypes.memset(start, 0, end - start);"
                 "assert b'SEPTET' not in (process / 'environ').read_bytes();")
    assert run(sys.executable, "-c", overwrite + BY_CTYPES, "libnccl.so.2", env=audited()) == (
        0, toys.OUR_VERSION, "")


def test_it_needs_no_library_and_no_symbol():
    """So that it runs with any glibc that audits, and gives no process a second libc."""
    dynamic = subprocess.run(["readelf", "-d", toys.AUDIT], check=True, capture_output=True,
                             text=True).stdout
    assert "(NEEDED)" not in dynamic
    symbols = subprocess.run(["readelf", "--wide", "--dyn-syms", toys.AUDIT], check=True,
                             capture_output=True, text=True).stdout
    rows = [line.split() for line in symbols.splitlines() if re.match(r"\s+[1-9]\d*:", line)]
    assert sorted(row[7] for row in rows) == ["la_objsearch", "la_version"]
