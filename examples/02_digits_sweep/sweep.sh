#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sixteen settings of a digit classifier as one sweep, on four slices.
#
#   examples/02_digits_sweep/sweep.sh [FOLDER]
#
# SEPTET_DEVICES says where slices come from; examples/slices.sh tells what is taken else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${1:-$root/build/digits-sweep}
PATH=$root/.venv/bin:${SEPTET_BIN:-$root/build/bin}:$PATH
# shellcheck source=examples/slices.sh
. "$here/../slices.sh"
use_slices 4 a100-40gb:4x1g.10gb

rm -rf "$folder"
septet sweep -n "$slices" --folder "$folder" --metric accuracy --goal max --top 5 \
  --grid hidden=16,64 --grid batch=16,64 --random 'lr=loguniform(0.003,1)' --trials 4 --seed 3 \
  -- python3 "$here/train.py" '--lr={lr}' '--hidden={hidden}' '--batch={batch}' '--seed={seed}'
