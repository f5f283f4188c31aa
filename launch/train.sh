#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Trains a config with one rank per GPU, or with two ranks on a machine without one:
#   launch/train.sh CONFIG [key=value ...]
# MONETA_RANKS sets the number of ranks. The exit status is moneta's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || { sed -n '3,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ -x build/moneta ] || { echo "build/moneta is missing. Run launch/build.sh first" >&2; exit 2; }

gpus=$( (nvidia-smi -L 2>/dev/null || true) | grep -c '^GPU' || true)
ranks=${MONETA_RANKS:-$((gpus > 0 ? gpus : 2))}
options=(-np "$ranks")
# Open MPI refuses root, and more ranks than cores, unless it is told otherwise.
[ "$(id -u)" != 0 ] || options+=(--allow-run-as-root)
[ "$ranks" -le "$(nproc)" ] || options+=(--oversubscribe)
echo "+ mpirun ${options[*]} build/moneta train $*"
exec mpirun "${options[@]}" build/moneta train "$@"
