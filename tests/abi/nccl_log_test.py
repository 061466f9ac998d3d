# SPDX-License-Identifier: Apache-2.0
"""NCCL's log as people know it: on stdout, its levels, its files; nothing on stderr."""

import os
import re
import socket
import subprocess
import sys

import nccl

PROGRAM = f"""
import ctypes, os
library = ctypes.CDLL({nccl.PATH!r})
class Id(ctypes.Structure):
    _fields_ = [("internal", ctypes.c_byte * 128)]
made, comm = Id(), ctypes.c_void_p()
assert library.ncclGetUniqueId(ctypes.byref(made)) == 0
for _ in range(2):
    assert library.ncclCommInitRank(ctypes.byref(comm), 1, made, 0) == 0
    library.ncclCommDestroy(comm)
for _ in range(2):
    assert library.ncclMemAlloc(None, 8) == 4
"""
HOST = socket.gethostname().split(".")[0]


def output(tmp_path, program=PROGRAM, **variables):
    """What a process says on stdout that has no other NCCL_ variables; nothing on stderr."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NCCL_")}
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True,
                         text=True, env={**plain, "HOME": str(tmp_path), **variables})
    assert ran.stderr == ""
    return ran.stdout


def test_it_is_silent_unless_asked_for(tmp_path):
    assert output(tmp_path) == ""
    assert output(tmp_path, NCCL_DEBUG="nonsense") == ""


def test_the_version_names_this_library_once(tmp_path):
    banner = output(tmp_path, NCCL_DEBUG="VERSION")
    assert re.fullmatch(r"Septet \d+\.\d+\.\d+ in place of NCCL version 2\.30\.7\n", banner)


def test_warnings_have_nccl_s_form_and_come_once(tmp_path):
    text = output(tmp_path, NCCL_DEBUG="WARN")
    warning = (r"\n\[[\d-]+ [\d:]+\] " + HOST +
               r":\d+:\d+ \[0\] \S+:\d+ NCCL WARN the place for the result is null\n")
    assert len(re.findall(warning, text)) == 1
    assert text.startswith("Septet ")
    assert "INFO" not in text


def test_information_tells_the_path(tmp_path):
    text = output(tmp_path, NCCL_DEBUG="info")
    line = HOST + r":\d+:\d+ \[0\] NCCL INFO communicator rank 0 nranks 1 cudaDev 0 .*host memory"
    assert len(re.findall(line, text)) == 2


def test_subsystems_are_left_out(tmp_path):
    text = output(tmp_path, NCCL_DEBUG="INFO", NCCL_DEBUG_SUBSYS="COLL")
    assert "NCCL INFO" not in text and "NCCL WARN" in text


def test_a_file_is_named_after_host_and_process(tmp_path):
    assert output(tmp_path, NCCL_DEBUG="WARN", NCCL_DEBUG_FILE=f"{tmp_path}/log.%h.%p") == ""
    (file,) = tmp_path.glob("log.*")
    assert re.fullmatch(rf"log\.{re.escape(HOST)}\.\d+", file.name)
    assert "NCCL WARN" in file.read_text()


def test_a_folder_that_is_not_there_leaves_it_on_stdout(tmp_path):
    text = output(tmp_path, NCCL_DEBUG="WARN", NCCL_DEBUG_FILE=f"{tmp_path}/none/log")
    assert "NCCL WARN" in text


def test_settings_come_from_files_too(tmp_path):
    (tmp_path / ".nccl.conf").write_text("NCCL_DEBUG=VERSION\n")
    assert output(tmp_path).startswith("Septet ")
    other = tmp_path / "other.conf"
    other.write_text("# nothing\n")
    assert output(tmp_path, NCCL_CONF_FILE=str(other)) == ""
    assert output(tmp_path, NCCL_DEBUG="WARN").count("NCCL WARN") == 1


def test_shared_memory_that_is_switched_off_is_warned_of_once(tmp_path):
    text = output(tmp_path, NCCL_DEBUG="WARN", NCCL_SHM_DISABLE="1")
    assert text.count("NCCL_SHM_DISABLE=1 has no effect") == 1


def test_settings_are_read_anew_when_asked(tmp_path):
    program = PROGRAM + """
import ctypes as c
libc = c.CDLL(None)
libc.setenv(b"NCCL_DEBUG", b"WARN", 1)
library.ncclResetDebugInit()
assert library.ncclGetVersion(None) == 4
assert library.ncclCommInitRank(None, 1, made, 0) == 4
"""
    assert output(tmp_path, program).count("NCCL WARN") == 1


def test_the_version_can_be_overridden(tmp_path):
    program = f"""
import ctypes
library, version = ctypes.CDLL({nccl.PATH!r}), ctypes.c_int()
print(library.ncclGetVersion(ctypes.byref(version)), version.value)
"""
    assert output(tmp_path, program) == "0 23007\n"
    assert output(tmp_path, program, SEPTET_NCCL_VERSION="22703") == "0 22703\n"
    assert output(tmp_path, program, SEPTET_NCCL_VERSION="2.27").startswith("4 ")
