# SPDX-License-Identifier: Apache-2.0
"""JAX's collectives between processes, one a slice, against values worked out alone.

    septet run -n 4 -- python3 jax_collectives.py
    septet run -n 4 --devices sim:a100-40gb:7x1g.5gb -- python3 jax_collectives.py --device cpu
"""

import argparse
import functools
import json
import os
import pathlib
import sys

# On a stand-in JAX would ask for three quarters of the whole GPU, which the limit refuses.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402
from jax.sharding import Mesh, NamedSharding, PartitionSpec  # noqa: E402

WIDTH = 1024


def loaded_nccl() -> str:
    lines = pathlib.Path("/proc/self/maps").read_text().splitlines()
    return ", ".join(sorted({line.split()[-1] for line in lines if "libnccl.so" in line}))


def rows_of(size: int, dtype) -> numpy.ndarray:
    cells = numpy.arange(size * WIDTH).reshape(size, WIDTH)
    return ((cells + cells // WIDTH) % 5 + 1).astype(dtype)


def cases(size: int):
    """Name, what each device does with its row, and the rows that come of it."""
    after = [(each, (each + 1) % size) for each in range(size)]
    yield "psum", lambda x: jax.lax.psum(x, "ranks"), lambda rows: numpy.tile(
        rows.sum(axis=0, dtype=rows.dtype), (size, 1))
    yield "pmax", lambda x: jax.lax.pmax(x, "ranks"), lambda rows: numpy.tile(
        rows.max(axis=0), (size, 1))
    yield "ppermute", lambda x: jax.lax.ppermute(x, "ranks", after), lambda rows: numpy.roll(
        rows, 1, axis=0)
    yield ("all_gather", lambda x: jax.lax.all_gather(x, "ranks", axis=1, tiled=True),
           lambda rows: numpy.tile(rows.reshape(-1), (size, 1)))
    yield ("psum_scatter", lambda x: jax.lax.psum_scatter(x, "ranks", scatter_dimension=1,
                                                          tiled=True),
           lambda rows: rows.sum(axis=0, dtype=rows.dtype).reshape(size, -1))
    yield ("all_to_all", lambda x: jax.lax.all_to_all(x, "ranks", 1, 1, tiled=True),
           lambda rows: rows.reshape(size, size, -1).transpose(1, 0, 2).reshape(size, -1))


def descent(mesh: Mesh, size: int) -> tuple[float, float]:
    """One step's loss with the batch cut among the ranks, and with all of it on one."""
    inputs = numpy.linspace(-1, 1, size * 64, dtype=numpy.float32).reshape(size * 8, 8)
    weights = numpy.linspace(0, 1, 8, dtype=numpy.float32)

    def loss(weights, inputs):
        return jnp.mean((jnp.tanh(inputs @ weights) - inputs[:, 0]) ** 2)

    def stepped(weights, inputs):
        return loss(weights - 0.1 * jax.grad(loss)(weights, inputs), inputs)

    cut = NamedSharding(mesh, PartitionSpec("ranks"))
    shares = jax.make_array_from_callback(inputs.shape, cut, lambda index: inputs[index])
    return float(jax.jit(stepped)(weights, shares)), float(jax.jit(stepped)(weights, inputs))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    if parser.parse_args().device == "cpu":
        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    jax.distributed.initialize(f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}", size,
                               rank, local_device_ids=[0])
    mesh = Mesh(numpy.array(jax.devices()), ("ranks",))
    spec, right, wrong = PartitionSpec("ranks"), 0, []
    for dtype in ("float32", "bfloat16", "int32", "uint8"):
        rows = rows_of(size, jnp.dtype(dtype))
        given = jax.make_array_from_process_local_data(NamedSharding(mesh, spec),
                                                       rows[rank:rank + 1])
        for name, action, expected in cases(size):
            shared = functools.partial(jax.shard_map, mesh=mesh, in_specs=spec, out_specs=spec)
            found = jax.jit(shared(action))(given).addressable_data(0)
            if numpy.array_equal(numpy.asarray(found)[0], expected(rows)[rank]):
                right += 1
            else:
                wrong.append(f"{name} {dtype}")
    together, alone = descent(mesh, size)
    if abs(together - alone) > 1e-5:
        wrong.append(f"descent: {together} is not {alone}")
    print(json.dumps({"rank": rank, "ranks": size, "library": loaded_nccl(), "right": right,
                      "wrong": wrong, "loss": together}), flush=True)
    jax.distributed.shutdown()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
