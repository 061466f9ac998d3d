# SPDX-License-Identifier: Apache-2.0
"""One rank of PyTorch's Gloo for scripts/bench-host: gloo_collectives.py FOLDER RANK RANKS.

Obeys orders as benches/orders.hpp does, but all_reduce alone; in place, as Gloo has it.
"""

import os
import sys
import time


def main():
    folder, rank, ranks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    import torch
    import torch.distributed as distributed
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{folder}/gloo", rank=rank,
                                   world_size=ranks)
    data = torch.zeros(16 << 20)
    answers = open(f"{folder}/answers", "w", buffering=1) if rank == ranks - 1 else None
    for line in open(f"{folder}/orders.{rank}"):
        _, size, calls = line.split()
        part = data[:int(size) // 4]
        for _ in range(3):
            distributed.all_reduce(part)
        distributed.barrier()
        times = []
        for _ in range(int(calls)):
            begin = time.perf_counter_ns()
            distributed.all_reduce(part)
            times.append((time.perf_counter_ns() - begin) / 1e3)
        distributed.barrier()
        times.sort()
        if answers:
            answers.write(f"{times[len(times) // 2]} {times[0]}\n")
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
