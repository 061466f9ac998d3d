# SPDX-License-Identifier: Apache-2.0
"""One rank: prints as one line of JSON what CUDA shows it, beside what Septet told it."""

import json
import os

import torch

free, total = torch.cuda.mem_get_info()
properties = torch.cuda.get_device_properties(0)
print(json.dumps({
    "rank": int(os.environ["SEPTET_RANK"]),
    "slice": os.environ["SEPTET_SLICE"],
    "promised_bytes": int(os.environ["SEPTET_SLICE_MEMORY"]),
    "devices": torch.cuda.device_count(),
    "name": properties.name,
    "multiprocessors": properties.multi_processor_count,
    "mem_get_info_free": free,
    "mem_get_info_total": total,
    "mps": {name: value for name, value in os.environ.items() if name.startswith("CUDA_MPS_")},
}))
