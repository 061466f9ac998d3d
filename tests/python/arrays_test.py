# SPDX-License-Identifier: Apache-2.0
"""What counts as an array, in one process: the memory is the object's own, nothing is copied."""

import array

import numpy as np
import pytest

import septet


@pytest.fixture
def alone():
    with septet.Communicator(0, 1, septet.random_token()) as ranks:
        yield ranks


class Tensor:
    """As a CPU tensor of another library: DLPack, and no buffer protocol."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.shape = numbers.shape

    def __dlpack__(self, **options):
        return self.numbers.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.numbers.__dlpack_device__()


def test_dlpack_is_read_and_written_in_place(alone):
    out = np.zeros(6, "float32")
    alone.all_reduce(Tensor(np.arange(6, dtype="float32").reshape(2, 3)), Tensor(out))
    assert out.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(septet.ArgumentError, match="contiguous"):
        alone.all_reduce(Tensor(np.ones((4, 4))[:, 1]), out)
    with pytest.raises(septet.ArgumentError, match="not known here"):
        alone.all_reduce(Tensor(np.ones(4, complex)), out)


def test_memory_of_a_tensor_is_kept_for_a_group_and_freed_after(alone):
    got = np.empty(1000)
    with alone.group():
        alone.send(np.full(1000, 7.0), 0)  # Nobody else keeps this one.
        alone.recv(got, 0)
    assert set(got) == {7}


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_types_of_ml_dtypes_are_known(alone, name):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    numbers = np.array([1, 1.5, -2], getattr(ml_dtypes, name))
    got = alone.all_reduce(numbers, op="max")
    assert got.dtype == numbers.dtype and got.tolist() == [1, 1.5, -2]
    assert alone.all_gather(numbers).shape == (1, 3)


def test_tensors_of_pytorch_are_taken_as_they_are(alone):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed here")
    numbers = torch.arange(4, dtype=torch.bfloat16)
    got = alone.all_reduce(numbers)
    assert got.dtype == torch.bfloat16 and got.tolist() == [0, 1, 2, 3]
    assert alone.broadcast(numbers) is numbers


def test_buffers_of_the_standard_library_are_arrays(alone):
    got = array.array("d", [0, 0])
    alone.all_reduce(array.array("d", [1, 2]), got)
    assert got.tolist() == [1, 2]
    assert alone.all_gather(np.ones(2, bool)).dtype == bool


class OnDevice:
    """As an array of CuPy or Numba. Nobody reads its memory."""

    shape = (4,)

    def __init__(self, **more):
        self.__cuda_array_interface__ = {"shape": (4,), "typestr": "<f4", "data": (4096, False),
                                         "version": 3} | more


def test_device_memory_is_told_from_host_memory(alone):
    # Without CUDA in the build, or without a device here.
    with pytest.raises(septet.DeviceError):
        alone.broadcast(OnDevice())
    with alone.group():
        alone.send(np.ones(3), 0)  # It takes host arrays as before.
        alone.recv(np.empty(3), 0)
    with pytest.raises(septet.ArgumentError, match="on a device"):
        alone.all_reduce(OnDevice(), np.ones(4, "float32"))
    with pytest.raises(septet.ArgumentError, match="contiguous"):
        alone.broadcast(OnDevice(strides=(8,)))
    with pytest.raises(septet.ArgumentError, match="not known here"):
        alone.broadcast(OnDevice(typestr="<c8"))


def test_a_group_that_fails_inside_sends_nothing(alone):
    got = np.zeros(1)
    with pytest.raises(ZeroDivisionError), alone.group():
        alone.send(np.ones(1), 0)
        alone.recv(got, 0)
        raise ZeroDivisionError
    assert got[0] == 0
    with alone.group(), pytest.raises(septet.UsageError, match="do not nest"), alone.group():
        pass
