# SPDX-License-Identifier: Apache-2.0
"""Proof, by its own means and not by Septet's word, that a process has a slice for itself."""

import ctypes
import fcntl
import os
import pathlib
import sys


class SliceProof:
    """While it is open, no other process with the same results folder has the same slice."""

    def __init__(self, folder: pathlib.Path):
        self.slice = os.environ.get("SEPTET_SLICE") or sys.exit(
            "no SEPTET_SLICE: start this with septet run -n 1 -- python3 train.py")
        self.visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        self.witness = folder / f"{self.slice}.witness"

    def __enter__(self):
        # CUDA takes a slice by its UUID; a stand-in made by MPS is seen as its GPU.
        if not self.visible or self.visible not in self.slice:
            sys.exit(f"CUDA_VISIBLE_DEVICES={self.visible} is not the slice {self.slice}")
        self.file = self.witness.open("w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another process is on the slice {self.slice}")
        self.facts = {"slice": self.slice, "visible": self.visible, "pid": os.getpid(),
                      "profile": os.environ.get("SEPTET_SLICE_PROFILE", ""),
                      "memory_bytes": cuda_memory()
                      or int(os.environ.get("SEPTET_SLICE_MEMORY", 0))}
        return self

    def __exit__(self, *_):
        self.file.close()


def cuda_memory() -> int | None:
    """The bytes of the one device that CUDA shows this process; nothing where there is no CUDA."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    device, count, total = ctypes.c_int(), ctypes.c_int(), ctypes.c_size_t()
    if cuda.cuInit(0) != 0:
        return None
    cuda.cuDeviceGetCount(ctypes.byref(count))
    if count.value != 1:
        sys.exit(f"CUDA shows {count.value} devices to this process, not its one slice")
    cuda.cuDeviceGet(ctypes.byref(device), 0)
    cuda.cuDeviceTotalMem_v2(ctypes.byref(total), device)
    return total.value
