# SPDX-License-Identifier: Apache-2.0
"""One rank takes more memory than its slice has, the others most of theirs; prints how that went.

The greedy rank asks for an eighth more than its limit: far from what the whole GPU has left when
the limit does not hold.
"""

import json
import os

import torch

GREEDY = 1


def try_to_take(count: int) -> bool:
    try:
        block = torch.empty(count, dtype=torch.uint8, device="cuda")
    except torch.cuda.OutOfMemoryError:
        return False
    block.fill_(1)
    return int(block[-1].item()) == 1


rank = int(os.environ["SEPTET_RANK"])
limit = int(os.environ["SEPTET_SLICE_MEMORY"])
torch.zeros(1, device="cuda")  # The context itself takes some.
share = limit * 9 // 8 if rank == GREEDY else limit * 3 // 4
taken = try_to_take(share)
works = torch.ones(1000, device="cuda").sum().item() == 1000
print(json.dumps({"rank": rank, "limit": limit, "asked": share, "taken": taken, "works": works}))
