# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # The example that sources this uses $slices.
#
# Sourced by the examples. Says in SEPTET_DEVICES where slices come from, unless it is set: this
# host's MIG slices, else shares of its GPU (CUDA MPS), else simulated slices of an A100; and in
# $slices how many of them to use.
#
#   use_slices MOST SIMULATED     e.g. use_slices 4 a100-40gb:4x1g.10gb

# How many slices of kind $1 this host has.
slices_here() {
  septet list --json 2>/dev/null | python3 -c "
import json, sys
gpus = json.loads(sys.stdin.read() or '{}').get('gpus', [])
print(sum(s['kind'] == '$1' for gpu in gpus for s in gpu['slices']))"
}

use_slices() {
  slices=$1
  [ -z "${SEPTET_DEVICES:-}" ] || return 0
  local mig gpus
  mig=$(slices_here mig || true)
  gpus=$(slices_here full || true)
  if [ "$mig" -gt 0 ]; then
    SEPTET_DEVICES=auto slices=$((mig < $1 ? mig : $1))
  elif [ "$gpus" -gt 0 ] && command -v nvidia-cuda-mps-control >/dev/null; then
    SEPTET_DEVICES=mps:$1
  else
    SEPTET_DEVICES=sim:$2
  fi
  export SEPTET_DEVICES
}
