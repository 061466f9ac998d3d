# SPDX-License-Identifier: Apache-2.0
"""libnccl.so.2 as programs without a header call it: by ctypes. The stand-in, whose devices are
host memory, so NumPy arrays are its buffers."""

import ctypes
import os
import threading

import numpy as np

PATH = os.environ.get("SEPTET_LIBNCCL") or f"{os.environ['SEPTET_BUILD']}/lib/standin/libnccl.so.2"
PATIENCE = 60  # Seconds for what takes a moment: the machine may be busy.

(SUCCESS, CUDA_ERROR, SYSTEM_ERROR, INTERNAL_ERROR, INVALID_ARGUMENT, INVALID_USAGE, REMOTE_ERROR,
 IN_PROGRESS) = range(8)
SUM, PROD, MAX, MIN, AVG = range(5)
TYPES = {"int8": 0, "uint8": 1, "int32": 2, "uint32": 3, "int64": 4, "uint64": 5, "float16": 6,
         "float32": 7, "float64": 8}
BFLOAT16, E4M3, E5M2 = 9, 10, 11
FROM_DEVICE, IMMEDIATE = 0, 1
UNDEFINED = -2**31


class UniqueId(ctypes.Structure):
    """128 bytes, passed by value."""

    _fields_ = [("internal", ctypes.c_byte * 128)]


class Config(ctypes.Structure):
    """ncclConfig_t as of 2.18: what every later library must understand."""

    _fields_ = [("size", ctypes.c_size_t), ("magic", ctypes.c_uint), ("version", ctypes.c_uint),
                ("blocking", ctypes.c_int), ("cga", ctypes.c_int), ("least", ctypes.c_int),
                ("most", ctypes.c_int), ("net", ctypes.c_char_p), ("share", ctypes.c_int)]

    def __init__(self, blocking=UNDEFINED):
        super().__init__(ctypes.sizeof(Config), 0xcafebeef, 21800, blocking, UNDEFINED, UNDEFINED,
                         UNDEFINED, None, UNDEFINED)


class SimInfo(ctypes.Structure):
    """ncclSimInfo_t."""

    _fields_ = [("size", ctypes.c_size_t), ("magic", ctypes.c_uint), ("version", ctypes.c_uint),
                ("microseconds", ctypes.c_float)]

    def __init__(self):
        super().__init__(24, 0x74685283, 23007, -1.0)


class NcclError(Exception):
    """A result that is neither success nor in progress, and the last error's text."""

    def __init__(self, result, text):
        super().__init__(f"{result}: {text}")
        self.result = result
        self.text = text


LIBRARY = ctypes.CDLL(PATH)
LIBRARY.ncclGetLastError.restype = ctypes.c_char_p

POINTER, INT, SIZE = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
ARGUMENTS = {
    "ncclCommInitRank": [POINTER, INT, UniqueId, INT],
    "ncclCommInitRankConfig": [POINTER, INT, UniqueId, INT, POINTER],
    "ncclCommSplit": [POINTER, INT, INT, POINTER, POINTER],
    "ncclCommShrink": [POINTER, POINTER, INT, POINTER, POINTER, INT],
    "ncclCommGrow": [POINTER, INT, POINTER, INT, POINTER, POINTER],
    "ncclCommRevoke": [POINTER, INT],
    "ncclCommGetAsyncError": [POINTER, POINTER],
    "ncclRedOpCreatePreMulSum": [POINTER, POINTER, INT, INT, POINTER],
    "ncclRedOpDestroy": [INT, POINTER],
    "ncclAllReduce": [POINTER, POINTER, SIZE, INT, INT, POINTER, POINTER],
    "ncclReduceScatter": [POINTER, POINTER, SIZE, INT, INT, POINTER, POINTER],
    "ncclReduce": [POINTER, POINTER, SIZE, INT, INT, INT, POINTER, POINTER],
    "ncclBroadcast": [POINTER, POINTER, SIZE, INT, INT, POINTER, POINTER],
    "ncclBcast": [POINTER, SIZE, INT, INT, POINTER, POINTER],
    "ncclAllGather": [POINTER, POINTER, SIZE, INT, POINTER, POINTER],
    "ncclAlltoAll": [POINTER, POINTER, SIZE, INT, POINTER, POINTER],
    "ncclGather": [POINTER, POINTER, SIZE, INT, INT, POINTER, POINTER],
    "ncclScatter": [POINTER, POINTER, SIZE, INT, INT, POINTER, POINTER],
    "ncclSend": [POINTER, SIZE, INT, INT, POINTER, POINTER],
    "ncclRecv": [POINTER, SIZE, INT, INT, POINTER, POINTER],
}
for each in ("Finalize", "Destroy", "Abort"):
    ARGUMENTS[f"ncclComm{each}"] = [POINTER]
for each in ("Count", "CuDevice", "UserRank", "GetUniqueId"):
    ARGUMENTS[f"ncclComm{each}"] = [POINTER, POINTER]
for entry, types in ARGUMENTS.items():
    getattr(LIBRARY, entry).argtypes = types


class Open(threading.local):
    """What the calls of each open group of a thread were given."""

    def __init__(self):
        super().__init__()
        self.groups = [[]]


OPEN = Open()


def last_error():
    """The text of the last error."""
    return LIBRARY.ncclGetLastError(None).decode()


def address(array):
    """Of an array's first element; None stays NULL."""
    return None if array is None else array.ctypes.data


def call(name, *arguments):
    """nccl<name>(*arguments), arrays by their address; its result. Raises NcclError."""
    if len(OPEN.groups) > 1:
        OPEN.groups[-1].extend(arguments)
    plain = [address(one) if isinstance(one, np.ndarray) else one for one in arguments]
    result = getattr(LIBRARY, f"nccl{name}")(*plain)
    if result not in (SUCCESS, IN_PROGRESS):
        raise NcclError(result, last_error())
    return result


def unique_id():
    """A new one."""
    made = UniqueId()
    call("GetUniqueId", ctypes.byref(made))
    return made


def init_rank(ranks, made, rank, config=None):
    """A communicator's handle."""
    comm = ctypes.c_void_p()
    given = None if config is None else ctypes.byref(config)
    call("CommInitRankConfig", ctypes.byref(comm), ranks, made, rank, given)
    return comm


def async_error(comm):
    """What ncclCommGetAsyncError tells."""
    state = ctypes.c_int(-1)
    call("CommGetAsyncError", comm, ctypes.byref(state))
    return state.value


def query(name, comm):
    """The number that nccl<name>(comm, &number) tells."""
    number = ctypes.c_int(-1)
    call(name, comm, ctypes.byref(number))
    return number.value


class group:
    """ncclGroupStart … ncclGroupEnd. Keeps its calls' buffers until then."""

    def __enter__(self):
        call("GroupStart")
        OPEN.groups.append([])
        return self

    def __exit__(self, kind, *_):
        kept = OPEN.groups.pop()
        OPEN.groups[-1].extend(kept)
        if kind is None:
            call("GroupEnd")
        else:
            LIBRARY.ncclGroupEnd()
        if len(OPEN.groups) == 1:
            OPEN.groups[0].clear()


class Threads:
    """Threads of this process whose first error is raised when they are joined."""

    def __init__(self, count, body):
        self.answers = [None] * count
        self.errors = [None] * count
        self.body = body
        self.threads = [threading.Thread(target=self.run, args=(rank,), daemon=True)
                        for rank in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, rank):
        try:
            self.answers[rank] = self.body(rank)
        except Exception as error:  # pylint: disable=broad-except
            self.errors[rank] = error

    def join(self):
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a rank hangs"
        for error in self.errors:
            if error is not None:
                raise error
        return self.answers


def in_threads(ranks, body, config=None):
    """What `body(comm, rank)` answers on each of `ranks` threads, with a communicator of theirs."""
    made = unique_id()

    def run(rank):
        comm = init_rank(ranks, made, rank, config)
        try:
            return body(comm, rank)
        finally:
            call("CommDestroy", comm)

    return Threads(ranks, run).join()
