# SPDX-License-Identifier: Apache-2.0
"""One rank: takes a context and some memory, says that it is ready, and stays."""

import os
import signal

import torch

block = torch.ones(1 << 20, device="cuda")
print(f"ready {os.getpid()}", flush=True)
signal.pause()
