#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Twenty-one settings of a small convolutional network, in PyTorch, on seven slices.
#
#   examples/03_cnn_sweep/sweep.sh [FOLDER]
#
# SEPTET_DEVICES says where slices come from; examples/slices.sh tells what is taken else.
# SEPTET_GPU_PYTHON is a python3 that has PyTorch (default: python3). With more words, as in
# `sweep.sh FOLDER --optuna study.db`, they go to septet sweep.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${1:-$root/build/cnn-sweep}
PATH=${SEPTET_BIN:-$root/build/bin}:$PATH
# shellcheck source=examples/slices.sh
. "$here/../slices.sh"
use_slices 7 a100-40gb:7x1g.5gb

rm -rf "$folder"
septet sweep -n "$slices" --folder "$folder" --metric accuracy --goal max --top 5 --retries 1 \
  --grid channels=8,16,32 --random 'lr=loguniform(1e-4,1e-1)' --random 'dropout=uniform(0,0.6)' \
  --trials 7 --seed 5 "${@:2}" -- "${SEPTET_GPU_PYTHON:-python3}" "$here/train.py" \
  '--lr={lr}' '--channels={channels}' '--dropout={dropout}' '--seed={seed}' \
  '--save={folder}/model.pt'
