# SPDX-License-Identifier: Apache-2.0
"""Trains a small model with DistributedDataParallel over Gloo, one rank a slice, on CUDA tensors.

Rank 0 then trains the same model alone on all the data and prints one line of JSON: the first and
last loss, how far the ranks' parameters are apart, and how far they are from the single process.
"""

import copy
import json
import os

# All ranks are on this host, whose own name need not resolve.
os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")

import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402
from torch.nn.parallel import DistributedDataParallel  # noqa: E402

STEPS = 60
SAMPLES = 1024


def make_model():
    torch.manual_seed(7)
    return torch.nn.Sequential(torch.nn.Linear(16, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))


def make_data():
    generator = torch.Generator().manual_seed(11)
    inputs = torch.randn(SAMPLES, 16, generator=generator)
    targets = torch.tanh(inputs[:, :4].sum(dim=1, keepdim=True))
    return inputs.cuda(), targets.cuda()


def train(model, inputs, targets):
    """Full-batch descent, so that equal shares of the data have the gradient of the whole."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def flat(model):
    return torch.cat([parameter.detach().flatten().cpu() for parameter in model.parameters()])


def largest_difference(ours):
    """Between the parameters of any two ranks."""
    gathered = [torch.empty_like(ours) for _ in range(dist.get_world_size())]
    dist.all_gather(gathered, ours)
    return max((one - gathered[0]).abs().max().item() for one in gathered)


def main():
    dist.init_process_group("gloo")
    rank, size = dist.get_rank(), dist.get_world_size()
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    inputs, targets = make_data()
    start = make_model().cuda()
    model = DistributedDataParallel(copy.deepcopy(start))
    losses = train(model, inputs[rank::size], targets[rank::size])
    between_ranks = largest_difference(flat(model))
    if rank == 0:
        alone = copy.deepcopy(start)
        train(alone, inputs, targets)
        print(json.dumps({"ranks": size, "first_loss": losses[0], "last_loss": losses[-1],
                          "between_ranks": between_ranks,
                          "from_single": (flat(model) - flat(alone)).abs().max().item()}))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
