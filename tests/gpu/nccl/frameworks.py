# SPDX-License-Identifier: Apache-2.0
"""Lightning, accelerate and DeepSpeed (ZeRO 1, 2, 3) train over slices what one process learns.

    septet run -n 4 --ranks node -- python3 frameworks.py
    septet run -n 2 --ranks node --devices sim:a100-40gb:7x1g.5gb -- \\
        python3 frameworks.py --backend gloo

Each part is the script that a user of that framework would write: it finds the ranks by itself, in
what septet run has set. A framework that is not installed is skipped.
"""

import os
import socket
import sys

import torch
import torch.distributed as dist
from ranks import Ranks, Skip, arguments, run_parts

STEPS, ROWS, WIDTH = 20, 64, 256
TOLERANCE = 1e-3
# DeepSpeed is to build nothing: what needs a compiler there is not used here.
os.environ.setdefault("DS_BUILD_OPS", "0")


def model() -> torch.nn.Module:
    torch.manual_seed(7)
    return torch.nn.Sequential(torch.nn.Linear(WIDTH, WIDTH), torch.nn.GELU(),
                               torch.nn.Linear(WIDTH, WIDTH), torch.nn.GELU(),
                               torch.nn.Linear(WIDTH, 1))


def batches(share: slice) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """This share of the rows of each step's batch."""
    generator = torch.Generator().manual_seed(11)
    inputs = torch.randn(STEPS, ROWS, WIDTH, generator=generator)
    targets = inputs[..., :8].sum(dim=-1, keepdim=True).tanh()
    return [(each[share], wanted[share]) for each, wanted in zip(inputs, targets)]


def loss_of(network, batch, device) -> torch.Tensor:
    inputs, targets = (each.to(device) for each in batch)
    return torch.nn.functional.mse_loss(network(inputs), targets)


def optimizer_of(network) -> torch.optim.Optimizer:
    return torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)


def learned_alone(ranks: Ranks) -> float:
    """The loss on the last batch of a model that one process trained with whole batches."""
    alone = model().to(ranks.device)
    optimizer = optimizer_of(alone)
    for batch in batches(slice(None)):
        optimizer.zero_grad()
        loss_of(alone, batch, ranks.device).backward()
        optimizer.step()
    with torch.no_grad():
        return loss_of(alone, batches(slice(None))[-1], ranks.device).item()


def compare(ranks: Ranks, name: str, network) -> None:
    """The loss of a trained network of all ranks, on the whole of the last batch."""
    with torch.no_grad():
        found = loss_of(network, batches(slice(None))[-1], ranks.device).item()
    expected = learned_alone(ranks)
    ranks.figures[name] = {"loss": found, "alone": expected}
    ranks.same(f"{name}: loss", torch.tensor(found), torch.tensor(expected), TOLERANCE)
    ranks.same(f"{name}: ranks", dist.get_world_size(), ranks.size)
    ranks.same(f"{name}: backend", dist.get_backend(), ranks.backend)


def own_rows(ranks: Ranks) -> slice:
    return slice(ranks.rank, None, ranks.size)


def meet_anew(ranks: Ranks, name: str) -> None:
    """Frameworks make their own store at MASTER_PORT: a free one, for each of them."""
    key = f"port of {name}"
    if ranks.rank == 0:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ranks.store.set(key, str(probe.getsockname()[1]))
    os.environ["MASTER_PORT"] = ranks.store.get(key).decode()


def lightning_ddp(ranks: Ranks) -> None:
    try:
        import lightning
        from lightning.pytorch.strategies import DDPStrategy
    except ImportError as error:
        raise Skip(f"no lightning: {error}") from error

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = model()

        def training_step(self, batch, _):
            return loss_of(self.network, batch, self.device)

        def configure_optimizers(self):
            return optimizer_of(self.network)

    meet_anew(ranks, "lightning")
    trainer = lightning.Trainer(
        num_nodes=ranks.size, devices=1, accelerator="gpu" if ranks.on_gpu else "cpu",
        strategy=DDPStrategy(process_group_backend=ranks.backend), max_epochs=1, logger=False,
        use_distributed_sampler=False,  # It would shuffle the rows.
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
    module = Module()
    trainer.fit(module, torch.utils.data.DataLoader(batches(own_rows(ranks)), batch_size=None))
    compare(ranks, "lightning", module.network.to(ranks.device))


def accelerate_ddp(ranks: Ranks) -> None:
    try:
        import accelerate
    except ImportError as error:
        raise Skip(f"no accelerate: {error}") from error
    meet_anew(ranks, "accelerate")
    accelerator = accelerate.Accelerator(cpu=not ranks.on_gpu)
    network, optimizer = model(), None
    network, optimizer = accelerator.prepare(network, optimizer_of(network))
    for batch in batches(own_rows(ranks)):
        optimizer.zero_grad()
        accelerator.backward(loss_of(network, batch, accelerator.device))
        optimizer.step()
    ranks.same("accelerate: wrapped", type(network).__name__, "DistributedDataParallel")
    compare(ranks, "accelerate", network)


def deepspeed_zero(ranks: Ranks) -> None:
    """DeepSpeed with parameters (3), gradients (2) and the optimizer's state (1) cut."""
    os.environ.setdefault("DS_ACCELERATOR", "cuda" if ranks.on_gpu else "cpu")
    # With pynvml it takes the words of CUDA_VISIBLE_DEVICES for numbers; slices have UUIDs.
    sys.modules["pynvml"] = None
    try:
        import deepspeed
    except ImportError as error:
        raise Skip(f"no deepspeed: {error}") from error
    meet_anew(ranks, "deepspeed")
    deepspeed.init_distributed(ranks.backend, auto_mpi_discovery=False)
    for stage in (3, 2, 1):
        network = model()
        engine, *_ = deepspeed.initialize(model=network, optimizer=optimizer_of(network),
                                          config=zero_settings(stage, ROWS // ranks.size))
        for batch in batches(own_rows(ranks)):
            engine.backward(loss_of(engine, batch, ranks.device))
            engine.step()
        engine.eval()
        compare(ranks, f"zero_{stage}", engine)
        engine.destroy()


def zero_settings(stage: int, rows: int) -> dict:
    """With small blocks, so that there are several: of gradients, and of parameters to fetch."""
    cut = {"stage": stage, "reduce_bucket_size": 50_000, "allgather_bucket_size": 50_000,
           "stage3_prefetch_bucket_size": 20_000, "stage3_param_persistence_threshold": 100}
    return {"train_micro_batch_size_per_gpu": rows, "zero_optimization": cut,
            "gradient_clipping": 0.0, "zero_allow_untested_optimizer": True,
            "steps_per_print": 10**9}


def main() -> None:
    options = arguments(__doc__).parse_args()
    ranks = Ranks(options)
    if ranks.on_gpu:
        torch.cuda.set_device(ranks.device)
    run_parts(ranks, [lightning_ddp, accelerate_ddp, deepspeed_zero], options.only,
              in_group=False)


if __name__ == "__main__":
    main()
