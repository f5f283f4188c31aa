#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Trains a config with one rank per GPU, or with two ranks on a machine without one:
#   launch/train.sh CONFIG [key=value ...]
# After Ctrl-C, SIGTERM, SIGHUP or SIGUSR1, all ranks finish the update, save and exit with status 75; a
# second Ctrl-C or SIGTERM ends them at once. With nohup it ignores SIGHUP and outlives the terminal. Paths
# are relative to the current folder. MONETA_RANKS sets the number of ranks. The exit status is that of
# moneta. The program is $MONETA, build/moneta or, if that does not exist, the installed one.
set -uo pipefail
moneta=${MONETA:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build/moneta}
[ -n "${MONETA:-}" ] || [ -x "$moneta" ] || moneta=$(command -v moneta || echo "$moneta")
[ $# -gt 0 ] || { sed -n '3,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ -x "$moneta" ] || { echo "'$moneta' is missing. Run launch/build.sh first" >&2; exit 2; }

gpus=$( (nvidia-smi -L 2>/dev/null || true) | grep -c '^GPU' || true)
ranks=${MONETA_RANKS:-$((gpus > 0 ? gpus : 2))}
options=(-np "$ranks" --bind-to none)  # the ranks divide the cores among themselves
# By default Open MPI rejects root, and more ranks than cores.
[ "$(id -u)" != 0 ] || options+=(--allow-run-as-root)
[ "$ranks" -le "$(nproc)" ] || options+=(--oversubscribe)
echo "+ mpirun ${options[*]} $moneta train $*"

# mpirun ends the ranks on SIGINT, SIGTERM and SIGHUP, and passes SIGUSR1 on to them. In a separate process
# group it does not receive the Ctrl-C of the terminal.
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
