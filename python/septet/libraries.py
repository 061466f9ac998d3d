# SPDX-License-Identifier: Apache-2.0
"""Where this package keeps what gives other programs Septet's collectives."""

import pathlib

NAMES = ("libnccl.so.2", "libseptet_audit.so")


def libraries() -> pathlib.Path | None:
    """The folder of libnccl.so.2 and libseptet_audit.so, for SEPTET_LIBRARIES.

    None where the package was built without the CUDA toolkit, and has no libnccl.so.2.
    """
    folder = pathlib.Path(__file__).parent / "lib"
    return folder if all((folder / name).exists() for name in NAMES) else None
