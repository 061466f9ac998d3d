# SPDX-License-Identifier: Apache-2.0
"""Every collective of septet.Communicator on CUDA tensors of PyTorch, one rank a slice.

Calls are enqueued on PyTorch's current stream, so that what follows there needs no wait; the last
part works on a stream of its own. Prints one line of JSON: how many results were right.
"""

import json

import torch

import septet


def results(ranks, dtype):
    """Each result beside what it is to be; the numbers are small, so that sums are exact."""
    rank, size = ranks.rank, ranks.size
    everyone = torch.arange(size * 12, device="cuda").reshape(size, 12).remainder(5).to(dtype)
    mine, total = everyone[rank].clone(), everyone.sum(dim=0)
    yield ranks.all_reduce(mine), total
    yield ranks.all_reduce(mine, op="max"), everyone.amax(dim=0)
    yield ranks.all_gather(mine), everyone
    yield ranks.reduce_scatter(mine), total.chunk(size)[rank]
    yield ranks.all_to_all(mine), torch.cat([each.chunk(size)[rank] for each in everyone])
    yield ranks.broadcast(mine.clone(), root=1), everyone[1]
    summed = ranks.reduce(mine, root=1)
    yield (summed, total) if rank == 1 else (mine, mine)
    with ranks.group():
        ranks.send(mine, (rank + 1) % size)
        got = ranks.recv(torch.empty_like(mine), (rank - 1) % size)
    yield got, everyone[rank - 1]
    yield ranks.all_reduce(mine, out=mine), total


def main():
    right = 0
    with septet.Communicator.from_env() as ranks:
        for stream in (torch.cuda.current_stream(), torch.cuda.Stream()):
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for dtype in (torch.float32, torch.bfloat16, torch.int64):
                    for found, expected in results(ranks, dtype):
                        assert found.is_cuda and torch.equal(found, expected), (found, expected)
                        right += 1
        halves = ranks.split(ranks.rank % 2)
        assert halves.all_reduce(torch.ones(1, device="cuda")).item() == halves.size
        host = ranks.all_reduce(torch.ones(1))  # Host tensors as before, in between.
        assert not host.is_cuda and host.item() == ranks.size
        print(json.dumps({"rank": ranks.rank, "right": right}), flush=True)
        torch.cuda.synchronize()
        halves.close()


if __name__ == "__main__":
    main()
