# mpi_train.py
import os
from mpi4py import MPI

comm = MPI.COMM_WORLD
rank = comm.Get_rank()

# Each MPI rank gets one MIG
mig_devices = os.environ.get('NVIDIA_VISIBLE_DEVICES', '').split(',')
if rank < len(mig_devices):
    os.environ['CUDA_VISIBLE_DEVICES'] = mig_devices[rank]

import torch
# Now torch.cuda.device_count() == 1, but each rank has its own MIG

# Your training code here...
# Use MPI for gradient synchronisation instead of NCCL
