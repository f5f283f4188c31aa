#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# launch/train.sh from any folder: trains, passes the exit status on, and converts Ctrl-C, SIGTERM and the
# SIGHUP of a lost terminal, on which mpirun would end the ranks, into a stop that saves. With nohup it
# survives a lost terminal.
. "$(dirname "$0")/lib.sh"
train="$TESTS/../launch/train.sh"
market
# Simulates a machine without GPUs.
mkdir bin
printf '#!/bin/sh\nexit 1\n' >bin/nvidia-smi
chmod 755 bin/nvidia-smi
PATH=$work/bin:$PATH
status=0
bash "$train" small.yaml run.name=done train.epochs=1 >out.txt 2>&1 || status=$?
expect 0 'mpirun -np 2' 'the run is in'
status=0
bash "$train" small.yaml model.hiden=3 >out.txt 2>&1 || status=$?
expect 2 'model.hidden'
for signal in INT TERM HUP; do
  status=0
  # Without job control, a background job ignores SIGINT.
  set -m
  bash "$train" small.yaml run.name="$signal" train.epochs=2000 >out.txt 2>&1 &
  job=$!
  set +m
  wait_for 1 '"epoch":1' "runs/$signal/log/epochs-*.jsonl"
  kill -"$signal" "$job"
  wait "$job" || status=$?
  expect 75 'stopped and saved'
  ranks 2 train small.yaml run.name="$signal" train.epochs=2000 train.early_stop.patience=1; expect 0
done
# In a process group of its own, as in a terminal, every process of which receives the SIGHUP.
status=0
set -m
nohup bash "$train" small.yaml run.name=nohup train.epochs=20 train.early_stop.patience=0 >out.txt 2>&1 &
job=$!
set +m
wait_for 1 '"epoch":1' "runs/nohup/log/epochs-*.jsonl"
kill -HUP -- "-$job"
wait "$job" || status=$?
expect 0 'the run is in'
