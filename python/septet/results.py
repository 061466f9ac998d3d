# SPDX-License-Identifier: Apache-2.0
"""New arrays for results: of the library, the type and the device of the array that was given."""

import sys
from typing import Any

import numpy

from septet.errors import ArgumentError


def shape_of(array: Any) -> tuple[int, ...]:
    """Of anything that a communicator takes; a buffer such as bytes has its own."""
    if hasattr(array, "shape"):
        return tuple(array.shape)
    try:
        return tuple(memoryview(array).shape)
    except TypeError:
        raise ArgumentError(f"{type(array).__name__} is no array: give one of NumPy or PyTorch, or "
                            "a buffer such as bytearray; for Python objects there is septet.MPI"
                            ) from None


def empty_like(array: Any, shape: tuple[int, ...]) -> Any:
    """Of the kind of `array`, with another shape, without defined content."""
    if hasattr(array, "new_empty"):  # PyTorch
        return array.new_empty(shape)
    library = sys.modules.get(type(array).__module__.partition(".")[0])
    if hasattr(array, "dtype") and hasattr(library, "empty"):  # NumPy, CuPy
        return library.empty(shape, dtype=array.dtype)
    return numpy.empty(shape, dtype=numpy.asarray(memoryview(array)).dtype)


def stream_of(array: Any) -> int:
    """The CUDA stream, as a number, on which the library of a device array works now."""
    name = type(array).__module__.partition(".")[0]
    library = sys.modules.get(name)
    if name == "torch":
        return library.cuda.current_stream(array.device).cuda_stream
    if name == "cupy":
        return library.cuda.get_current_stream().ptr
    interface = getattr(array, "__cuda_array_interface__", {})
    return interface.get("stream") or 0


def rows_of(array: Any, name: str) -> tuple[int, tuple[int, ...]]:
    """The length of the first axis, and the shape of what is along it."""
    shape = shape_of(array)
    if not shape:
        raise ArgumentError(f"{name}: a single number cannot be parted among ranks: give an array "
                            "with an axis")
    return shape[0], shape[1:]
