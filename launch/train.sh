#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Trains a config with one rank per GPU, or with two ranks on a machine without one:
#   launch/train.sh CONFIG [key=value ...]
# Ctrl-C, SIGTERM or SIGUSR1 finish the update, save and exit with status 75; a second Ctrl-C or
# SIGTERM ends the ranks at once. Paths are relative to where you stand. MONETA_RANKS sets the number
# of ranks. The exit status is moneta's.
set -uo pipefail
moneta=${MONETA:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build/moneta}
[ $# -gt 0 ] || { sed -n '3,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ -x "$moneta" ] || { echo "'$moneta' is missing. Run launch/build.sh first" >&2; exit 2; }

gpus=$( (nvidia-smi -L 2>/dev/null || true) | grep -c '^GPU' || true)
ranks=${MONETA_RANKS:-$((gpus > 0 ? gpus : 2))}
options=(-np "$ranks" --bind-to none)  # ranks share the cores out themselves
# Open MPI refuses root, and more ranks than cores, unless it is told otherwise.
[ "$(id -u)" != 0 ] || options+=(--allow-run-as-root)
[ "$ranks" -le "$(nproc)" ] || options+=(--oversubscribe)
echo "+ mpirun ${options[*]} $moneta train $*"

# mpirun answers SIGINT and SIGTERM by ending the ranks, and SIGUSR1 by handing it on to them. In a
# process group of its own it does not see the terminal's Ctrl-C.
set -m
job=
signal=USR1
stop() { [ -z "$job" ] || kill -"$signal" "$job" 2>/dev/null; signal=TERM; }
trap stop INT TERM HUP
trap '[ -z "$job" ] || kill -USR1 "$job" 2>/dev/null' USR1
mpirun "${options[@]}" "$moneta" train "$@" </dev/null &
job=$!
while kill -0 "$job" 2>/dev/null; do wait "$job"; done
wait "$job"
