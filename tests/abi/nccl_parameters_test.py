# SPDX-License-Identifier: Apache-2.0
"""ncclParam…: settings by key and by handle, from the environment."""

import ctypes
import os
import pathlib
import re
import subprocess
import sys

import pytest

import nccl
import nccl_declarations
from nccl import INVALID_ARGUMENT, SUCCESS

LIBRARY = ctypes.CDLL(nccl.PATH)
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "communicate.md"


def text(value):
    return ctypes.create_string_buffer(value)


def bound(key):
    """The handle of a setting."""
    handle = ctypes.c_void_p()
    assert LIBRARY.ncclParamBind(ctypes.byref(handle), text(key)) == SUCCESS
    return handle


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    monkeypatch.setenv("NCCL_MAX_CTAS", "12")
    monkeypatch.setenv("NCCL_DEBUG_FILE", "/tmp/x")
    monkeypatch.delenv("NCCL_MIN_CTAS", raising=False)


def test_keys_are_listed_in_order():
    keys, count = ctypes.POINTER(ctypes.c_char_p)(), ctypes.c_int()
    assert LIBRARY.ncclParamGetAllParameterKeys(ctypes.byref(keys), ctypes.byref(count)) == SUCCESS
    listed = [keys[i].decode() for i in range(count.value)]
    assert listed == sorted(listed)
    assert {"NCCL_DEBUG", "NCCL_MAX_CTAS", "SEPTET_NCCL_VERSION"} <= set(listed)
    for key in listed:
        bound(key.encode())


def test_the_collectives_own_variables_are_among_them_with_the_defaults_of_their_page(monkeypatch):
    rows = re.findall(r"^\| `(SEPTET_\w+)` \|.*\| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE)
    numbers = {name: int(default) for name, default in rows if default.isdigit()}
    assert {"SEPTET_SEGMENT_MIB", "SEPTET_MEETING_LIMIT_S"} <= set(numbers)
    for name, _ in rows:
        monkeypatch.delenv(name, raising=False)
        bound(name.encode())
    for name, default in numbers.items():
        value = ctypes.c_int64()
        assert LIBRARY.ncclParamGetI64(bound(name.encode()), ctypes.byref(value)) == SUCCESS
        assert value.value == default, name


def test_numbers_are_of_64_bits():
    value = ctypes.c_int64()
    assert LIBRARY.ncclParamGetI64(bound(b"NCCL_MAX_CTAS"), ctypes.byref(value)) == SUCCESS
    assert value.value == 12
    assert LIBRARY.ncclParamGetI64(bound(b"NCCL_MIN_CTAS"), ctypes.byref(value)) == SUCCESS
    assert value.value == 1
    for kind in ("I8", "I16", "I32", "U8", "U16", "U32", "U64"):
        get = getattr(LIBRARY, f"ncclParamGet{kind}")
        assert get(bound(b"NCCL_MAX_CTAS"), ctypes.byref(value)) == INVALID_ARGUMENT
    assert LIBRARY.ncclParamGetI64(bound(b"NCCL_DEBUG_FILE"), ctypes.byref(value)) \
        == INVALID_ARGUMENT


def test_texts_are_lent():
    value = ctypes.c_char_p()
    assert LIBRARY.ncclParamGetStr(bound(b"NCCL_DEBUG_FILE"), ctypes.byref(value)) == SUCCESS
    assert value.value == b"/tmp/x"
    assert LIBRARY.ncclParamGetStr(bound(b"NCCL_MAX_CTAS"), ctypes.byref(value)) \
        == INVALID_ARGUMENT


def test_bytes_need_room():
    room, length = ctypes.create_string_buffer(16), ctypes.c_int()
    file = bound(b"NCCL_DEBUG_FILE")
    assert LIBRARY.ncclParamGet(file, room, 16, ctypes.byref(length)) == SUCCESS
    assert (room.value, length.value) == (b"/tmp/x", 7)
    assert LIBRARY.ncclParamGet(file, room, 6, ctypes.byref(length)) == INVALID_ARGUMENT
    assert length.value == 0
    assert LIBRARY.ncclParamGet(bound(b"NCCL_MAX_CTAS"), room, 16, ctypes.byref(length)) == SUCCESS
    assert int.from_bytes(room.raw[:8], sys.byteorder) == 12 and length.value == 8


def test_values_are_found_by_key():
    value, length = ctypes.c_char_p(), ctypes.c_int()
    get = LIBRARY.ncclParamGetParameter
    assert get(text(b"NCCL_MAX_CTAS"), ctypes.byref(value), ctypes.byref(length)) == SUCCESS
    assert (value.value, length.value) == (b"12", 2)
    assert get(text(b"NCCL_NO_SUCH"), ctypes.byref(value), ctypes.byref(length)) \
        == INVALID_ARGUMENT
    assert value.value is None


def test_a_handle_that_never_was_is_refused():
    value = ctypes.c_int64()
    for garbage in (0, 8, 2**63):
        handle = ctypes.c_void_p(garbage)
        assert LIBRARY.ncclParamGetI64(handle, ctypes.byref(value)) == INVALID_ARGUMENT


def test_all_are_dumped_on_stdout():
    program = f"import ctypes; ctypes.CDLL({nccl.PATH!r}).ncclParamDumpAll()"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True,
                         text=True, env={**os.environ, "NCCL_MAX_CTAS": "3"})
    assert ran.stderr == ""
    assert "NCCL_MAX_CTAS (int64)" in ran.stdout
    assert "value=3 set_by=environment" in ran.stdout
    assert len(nccl_declarations.exports()) > 80
