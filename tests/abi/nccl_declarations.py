# SPDX-License-Identifier: Apache-2.0
"""NCCL's functions as our headers declare them, callable by ctypes with any arguments."""

import ctypes
import pathlib
import re

SOURCES = pathlib.Path(__file__).parents[2] / "src" / "communicate" / "abi"
HEADERS = ("nccl_entries.hpp", "nccl_param.hpp", "nccl_device.hpp")
DECLARATION = re.compile(r"^((?:const )?\w+\*?) (nccl\w+)\(([^)]*)\);", re.MULTILINE)


class UniqueId(ctypes.Structure):
    """128 bytes, passed by value."""

    _fields_ = [("internal", ctypes.c_byte * 128)]


class Team(ctypes.Structure):
    """ncclTeam_t, passed and returned by value."""

    _fields_ = [("ranks", ctypes.c_int), ("rank", ctypes.c_int), ("stride", ctypes.c_int)]


BY_VALUE = {"ncclUniqueId": UniqueId, "ncclTeam_t": Team, "int": ctypes.c_int,
            "unsigned": ctypes.c_uint, "std::size_t": ctypes.c_size_t,
            "ncclDataType_t": ctypes.c_int, "ncclRedOp_t": ctypes.c_int,
            "ncclScalarResidence_t": ctypes.c_int, "ncclCommMemStat_t": ctypes.c_int,
            "ncclResult_t": ctypes.c_int, "void": None}


def type_of(text):
    """The ctypes type of a declaration's type or parameter; handles are pointers."""
    if "*" in text:
        return ctypes.c_char_p if text == "const char*" else ctypes.c_void_p
    return BY_VALUE.get(text.split()[0], ctypes.c_void_p)


def declared():
    """Name -> (result type, argument types, names of the argument types)."""
    found = {}
    for header in HEADERS:
        for result, name, arguments in DECLARATION.findall((SOURCES / header).read_text()):
            texts = [" ".join(one.split()) for one in arguments.split(",") if one.strip()]
            found[name] = (type_of(result), [type_of(one) for one in texts], texts)
    return found


def exports():
    """The names of exports.txt."""
    lines = (SOURCES / "exports.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def functions(library):
    """Name -> the function of `library`, ready to be called."""
    for name, (result, arguments, _) in declared().items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return {name: getattr(library, name) for name in declared()}


def nothing(name):
    """Arguments that are all null, zero or empty."""
    return [type() if type is not ctypes.c_char_p else None for type in declared()[name][1]]
