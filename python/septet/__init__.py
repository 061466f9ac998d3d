# SPDX-License-Identifier: Apache-2.0
"""Several NVIDIA MIG slices as one machine: collectives among the ranks of one host.

    import numpy, septet

    with septet.Communicator.from_env() as ranks:      # under septet run, mpirun, srun, torchrun
        total = ranks.all_reduce(numpy.ones(1000, numpy.float32))

``septet.MPI`` has the spelling of mpi4py.
"""

from septet._core import random_token
from septet._core import version as __version__
from septet.communicator import Communicator
from septet.errors import (ArgumentError, DeviceError, Error, InternalError, PeerError,
                           SystemCallError, UnavailableError, UsageError)
from septet.libraries import libraries

__all__ = ["ArgumentError", "Communicator", "DeviceError", "Error", "InternalError", "PeerError",
           "SystemCallError", "UnavailableError", "UsageError", "__version__", "libraries",
           "random_token"]
