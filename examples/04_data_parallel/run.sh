#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains one digit classifier on four slices at once, and checks it against one process.
#
#   examples/04_data_parallel/run.sh [--torch]
#
# --torch: with PyTorch instead of NumPy, on the GPU where there is one.
# SEPTET_GPU_PYTHON is a python3 that has PyTorch (default: python3).
# SEPTET_DEVICES says where slices come from; examples/slices.sh tells what is taken else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${SEPTET_BIN:-$root/build/bin}
PATH=$root/.venv/bin:$bin:$PATH
# shellcheck source=examples/slices.sh
. "$here/../slices.sh"
use_slices 4 a100-40gb:4x1g.10gb

# The package as the build left it beside bin; not needed after `pip install .`. One thread for
# NumPy in each process, so that matrices are multiplied in one way everywhere.
export PYTHONPATH=$bin/../python${PYTHONPATH:+:$PYTHONPATH} OMP_NUM_THREADS=1
if [ "${1:-}" = --torch ]; then
  set -- "${SEPTET_GPU_PYTHON:-python3}" "$here/train_torch.py"
else
  set -- python3 "$here/train.py"
fi
septet run -n "$slices" -- "$@"
