# SPDX-License-Identifier: Apache-2.0
"""One rank: prints what `septet check` says of its device, beside what PyTorch says.

usage: compare_check.py PROGRAM
"""

import json
import os
import subprocess
import sys

import torch

done = subprocess.run([sys.argv[1], "check", "--json", "--memory-free"], capture_output=True,
                      text=True, timeout=60)
if done.returncode not in (0, 1):
    sys.exit(f"septet check ended with {done.returncode}: {done.stderr}")
answer = json.loads(done.stdout)
device = answer["cuda"]["devices"][0]
properties = torch.cuda.get_device_properties(0)
print(json.dumps({
    "rank": int(os.environ["SEPTET_RANK"]),
    "check": {"devices": len(answer["cuda"]["devices"]), "name": device["name"],
              "multiprocessors": device["multiprocessors"], "memory": device["memory_bytes"],
              "context_total": device["context"]["total_bytes"]},
    "torch": {"devices": torch.cuda.device_count(), "name": properties.name,
              "multiprocessors": properties.multi_processor_count,
              "memory": properties.total_memory,
              "context_total": torch.cuda.mem_get_info()[1]},
    "mistakes": [mistake["what"] for mistake in answer["mistakes"]],
}))
