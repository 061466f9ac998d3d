#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains eight settings of a digit classifier on four slices, never two on one slice.
#
#   examples/01_digits/sweep.sh [RESULTS_FOLDER]
#
# All eight are started at once; each asks Septet for one slice and waits in the queue until it is
# its turn. SEPTET_DEVICES says where slices come from; examples/slices.sh tells what is taken else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
results=${1:-$root/build/digits}
PATH=$root/.venv/bin:${SEPTET_BIN:-$root/build/bin}:$PATH

# shellcheck source=examples/slices.sh
. "$here/../slices.sh"
use_slices 4 a100-40gb:4x1g.10gb

rm -rf "$results"
mkdir -p "$results"
septet list

pids=()
for lr in 0.003 0.01 0.03 0.1; do
  for hidden in 16 64; do
    septet run -n 1 -- python3 "$here/train.py" --lr $lr --hidden $hidden --results "$results" &
    pids+=($!)
  done
done

# septet run passes an interrupt on; a training that fails leaves its mark in the report.
trap 'kill -TERM "${pids[@]}" 2>/dev/null || true' INT TERM
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
[ $failed -eq 0 ] || echo "sweep.sh: $failed of ${#pids[@]} trainings failed" >&2

python3 "$here/report.py" "$results" "${#pids[@]}" "$slices"
