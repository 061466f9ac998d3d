# SPDX-License-Identifier: Apache-2.0
"""Where the toys lie that tests/audit/CMakeLists.txt builds, and their versions."""

import os
import pathlib

BUILD = pathlib.Path(os.environ["SEPTET_BUILD"])
TOYS = BUILD / "toys"
SITE = TOYS / "site"
PROGRAM = TOYS / "bin" / "toy_program"
AUDITOR = TOYS / "bin" / "libtoy_auditor.so"
AUDIT = BUILD / "lib" / "septet" / "libseptet_audit.so"

WHEEL_NCCL = SITE / "nvidia" / "nccl" / "lib" / "libnccl.so.2"
OUR_NCCL = TOYS / "lib" / "libnccl.so.2"
WHEEL_VERSION = "22703"
OUR_VERSION = "23007"
