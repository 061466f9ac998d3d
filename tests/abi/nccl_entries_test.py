# SPDX-License-Identifier: Apache-2.0
"""Every function of libnccl.so.2 with arguments that make no sense: a result and a text, never a
crash."""

import ctypes

import pytest

import nccl
import nccl_declarations
from nccl import INVALID_ARGUMENT, INVALID_USAGE, SUCCESS

FUNCTIONS = nccl_declarations.functions(ctypes.CDLL(nccl.PATH))
DECLARED = nccl_declarations.declared()
RESULTS = [name for name, (kind, *_) in DECLARED.items() if kind is ctypes.c_int
           and not name.startswith(("ncclTeamRank", "ncclLLA2ACalcSlots"))]
TAKES_COMM = [name for name in RESULTS if "ncclComm_t comm" in DECLARED[name][2]]

# Nothing to do is done.
DONE_WITH_NULL = {"ncclCommAbort", "ncclCommDestroy", "ncclCommFinalize", "ncclCommRevoke",
                  "ncclMemFree"}
# What slices do not have is not asked for with better arguments.
NEVER = {"ncclDevCommCreate", "ncclDevCommDestroy", "ncclGetLsaMultimemDevicePointer",
         "ncclGetMultimemDevicePointer", "ncclGetLsaDevicePointer", "ncclGetPeerDevicePointer",
         "ncclLsaBarrierCreateRequirement", "ncclGinBarrierCreateRequirement",
         "ncclGinOutboxCreateRequirement", "ncclGinInboxA2ACreateRequirement",
         "ncclLLA2ACreateRequirement"}
GROUPS = {"ncclGroupStart", "ncclGroupEnd", "ncclGroupSimulateEnd"}


def last_error():
    return FUNCTIONS["ncclGetLastError"](None).decode()


def fails(name, arguments):
    """The result of a call that must leave a text of its own."""
    mark = ctypes.create_string_buffer(b"NO_SUCH_KEY")
    FUNCTIONS["ncclParamBind"](ctypes.byref(ctypes.c_void_p()), ctypes.addressof(mark))
    assert "NO_SUCH_KEY" in last_error()
    result = FUNCTIONS[name](*arguments)
    if result != SUCCESS:
        assert last_error() and "NO_SUCH_KEY" not in last_error(), name
    return result


def with_comm(name, handle):
    """Arguments that are null but for the communicator."""
    arguments = nccl_declarations.nothing(name)
    for place, text in enumerate(DECLARED[name][2]):
        if text == "ncclComm_t comm":
            arguments[place] = handle
    return arguments


@pytest.fixture(name="comm")
def made_comm():
    """A communicator of one rank."""
    made = nccl_declarations.UniqueId()
    assert FUNCTIONS["ncclGetUniqueId"](ctypes.byref(made)) == SUCCESS
    handle = ctypes.c_void_p()
    assert FUNCTIONS["ncclCommInitRank"](ctypes.byref(handle), 1, made, 0) == SUCCESS
    yield handle
    FUNCTIONS["ncclCommDestroy"](handle)


@pytest.mark.parametrize("name", sorted(set(RESULTS) - GROUPS))
def test_null_for_everything_is_answered(name):
    expected = INVALID_USAGE if name in NEVER else INVALID_ARGUMENT
    if name in DONE_WITH_NULL:
        expected = SUCCESS
    assert fails(name, nccl_declarations.nothing(name)) == expected


@pytest.mark.parametrize("name", sorted(set(TAKES_COMM) - NEVER))
@pytest.mark.parametrize("garbage", [8, 0xdeadbeef, 2**64 - 8])
def test_a_communicator_that_never_was_is_refused(name, garbage):
    assert fails(name, with_comm(name, ctypes.c_void_p(garbage))) == INVALID_ARGUMENT


@pytest.mark.parametrize("name", sorted(set(TAKES_COMM) - NEVER))
def test_a_communicator_that_was_destroyed_is_refused(name):
    made = nccl_declarations.UniqueId()
    FUNCTIONS["ncclGetUniqueId"](ctypes.byref(made))
    handle = ctypes.c_void_p()
    FUNCTIONS["ncclCommInitRank"](ctypes.byref(handle), 1, made, 0)
    assert FUNCTIONS["ncclCommDestroy"](handle) == SUCCESS
    assert fails(name, with_comm(name, handle)) == INVALID_ARGUMENT


def test_functions_without_a_result_answer_garbage_as_well():
    for name in ("ncclTeamWorld", "ncclTeamLsa", "ncclTeamRail"):
        team = FUNCTIONS[name](ctypes.c_void_p(8))
        assert (team.ranks, team.rank, team.stride) == (0, 0, 0)
    for name in ("ncclTeamRankToWorld", "ncclTeamRankToLsa"):
        assert FUNCTIONS[name](ctypes.c_void_p(8), nccl_declarations.Team(), 0) == -1
    assert FUNCTIONS["ncclLLA2ACalcSlots"](3, 12) == 6


def test_group_calls_without_a_group_are_refused():
    assert fails("ncclGroupEnd", []) == INVALID_USAGE
    info = nccl.SimInfo()
    assert fails("ncclGroupSimulateEnd", [ctypes.byref(info)]) == INVALID_USAGE


def test_error_strings_are_nccl_s():
    text = [FUNCTIONS["ncclGetErrorString"](result).decode() for result in range(-1, 10)]
    assert text[0] == text[10] == "unknown result code"
    assert text[1] == "no error"
    assert text[2] == "unhandled cuda error (run with NCCL_DEBUG=INFO for details)"
    assert "Septet" in text[4]
    assert text[7] == "remote process exited or there was a network error"


def test_an_id_of_another_library_is_refused():
    handle = ctypes.c_void_p()
    foreign = nccl_declarations.UniqueId((ctypes.c_byte * 128)(*range(1, 128)))
    assert fails("ncclCommInitRank", [ctypes.byref(handle), 1, foreign, 0]) == INVALID_USAGE
    assert "not made by Septet" in last_error()
    assert handle.value is None


def test_configurations_that_were_not_initialised_are_refused():
    made = nccl_declarations.UniqueId()
    FUNCTIONS["ncclGetUniqueId"](ctypes.byref(made))
    handle = ctypes.c_void_p()
    config = nccl.Config()
    config.magic = 0
    arguments = [ctypes.byref(handle), 1, made, 0, ctypes.byref(config)]
    assert fails("ncclCommInitRankConfig", arguments) == INVALID_ARGUMENT
    config = nccl.Config(blocking=2)
    arguments[-1] = ctypes.byref(config)
    assert fails("ncclCommInitRankConfig", arguments) == INVALID_ARGUMENT
    assert "blocking is 2" in last_error()


def test_an_id_passes_by_value_with_garbage_in_its_last_byte():
    made = nccl_declarations.UniqueId()
    FUNCTIONS["ncclGetUniqueId"](ctypes.byref(made))
    made.internal[127] = 77  # raft-dask hands over 127 bytes.
    handle = ctypes.c_void_p()
    assert FUNCTIONS["ncclCommInitRank"](ctypes.byref(handle), 1, made, 0) == SUCCESS
    assert FUNCTIONS["ncclCommDestroy"](handle) == SUCCESS


def test_memory_is_given_and_taken_back():
    memory = ctypes.c_void_p()
    assert FUNCTIONS["ncclMemAlloc"](ctypes.byref(memory), 1000) == SUCCESS
    ctypes.memset(memory, 1, 1000)
    assert FUNCTIONS["ncclMemFree"](memory) == SUCCESS
    assert FUNCTIONS["ncclMemAlloc"](ctypes.byref(memory), 0) == SUCCESS
    assert memory.value is None


def test_registration_succeeds_and_comes_to_nothing(comm):
    buffer, handle = ctypes.create_string_buffer(64), ctypes.c_void_p(7)
    at = ctypes.addressof(buffer)
    assert FUNCTIONS["ncclCommRegister"](comm, at, 64, ctypes.byref(handle)) == SUCCESS
    assert handle.value is None
    assert FUNCTIONS["ncclCommDeregister"](comm, None) == SUCCESS
    assert fails("ncclCommDeregister", [comm, at]) == INVALID_USAGE


def test_windows_succeed_and_come_to_nothing(comm):
    buffer, window = ctypes.create_string_buffer(64), ctypes.c_void_p(7)
    at = ctypes.addressof(buffer)
    register = FUNCTIONS["ncclCommWindowRegister"]
    assert register(comm, at, 64, ctypes.byref(window), 0) == SUCCESS
    assert window.value is None
    assert FUNCTIONS["ncclCommWindowDeregister"](comm, None) == SUCCESS
    assert FUNCTIONS["ncclWinGetUserPtr"](comm, None, ctypes.byref(window)) == SUCCESS
    assert fails("ncclCommWindowRegister", [comm, None, 64, ctypes.byref(window), 0]) \
        == INVALID_ARGUMENT
    for name in ("ncclPutSignal", "ncclSignal", "ncclWaitSignal"):
        assert fails(name, with_comm(name, comm)) == INVALID_USAGE
        assert "ncclSend and ncclRecv" in last_error()


def test_memory_statistics_are_told(comm):
    value = ctypes.c_uint64(7)
    for stat in range(4):
        assert FUNCTIONS["ncclCommMemStats"](comm, stat, ctypes.byref(value)) == SUCCESS
        assert value.value == 0  # The stand-in has no device memory.
    assert fails("ncclCommMemStats", [comm, 4, ctypes.byref(value)]) == INVALID_ARGUMENT
    assert FUNCTIONS["ncclCommSuspend"](comm, 1) == SUCCESS
    assert FUNCTIONS["ncclCommResume"](comm) == SUCCESS
    assert fails("ncclCommSuspend", [comm, 2]) == INVALID_ARGUMENT


class Properties(ctypes.Structure):
    """ncclCommProperties_t."""

    _fields_ = [("size", ctypes.c_size_t), ("magic", ctypes.c_uint), ("version", ctypes.c_uint),
                ("rank", ctypes.c_int), ("ranks", ctypes.c_int), ("device", ctypes.c_int),
                ("nvml", ctypes.c_int), ("device_api", ctypes.c_bool), ("multimem", ctypes.c_bool),
                ("gin", ctypes.c_int), ("teams", ctypes.c_int), ("host_rma", ctypes.c_bool),
                ("railed", ctypes.c_int)]


def test_properties_say_that_there_is_no_device_api(comm):
    asked = Properties(ctypes.sizeof(Properties), 0xcafebeef, 23007, device_api=True, ranks=99)
    assert FUNCTIONS["ncclCommQueryProperties"](comm, ctypes.byref(asked)) == SUCCESS
    assert (asked.rank, asked.ranks, asked.teams, asked.version) == (0, 1, 1, 23007)
    assert not (asked.device_api or asked.multimem or asked.host_rma or asked.gin)
    asked = Properties(24, 0xcafebeef, 22900, teams=99)
    assert FUNCTIONS["ncclCommQueryProperties"](comm, ctypes.byref(asked)) == SUCCESS
    assert (asked.ranks, asked.teams) == (1, 99)  # An older one ends before.
    asked.magic = 0
    assert fails("ncclCommQueryProperties", [comm, ctypes.byref(asked)]) == INVALID_USAGE


def test_teams_are_arithmetic(comm):
    world = FUNCTIONS["ncclTeamWorld"](comm)
    assert (world.ranks, world.rank, world.stride) == (1, 0, 1)
    assert FUNCTIONS["ncclTeamRankToWorld"](comm, world, 0) == 0
    assert FUNCTIONS["ncclTeamLsa"](comm).ranks == 1
