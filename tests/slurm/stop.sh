#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A stop by the user ends a job permanently, saved or not, and a dead rank ends it at once. The same
# sbatch command resumes the run, which ends with the same bytes as an undisturbed one.
. "$(dirname "$0")/lib.sh"
RANDOM=${SEED:=$(($(date +%s) % 32768))}
echo "seed $SEED"
market
ranks 2 train "${short[@]}" run.name=straight; expect 0
for launcher in train train-srun; do
  start=(--nodes=4 "$scripts/$launcher.sbatch" "${short[@]}")
  run=run.name=$launcher
  submit "${start[@]}" "$run"
  hold trained $launcher 1
  scancel --signal=INT --batch "$job"
  until_true "the signal comes" logged 'stop requested by the user'
  release
  ended FAILED 75:0 'stopped and saved' 'stopped permanently, status 75'

  submit "${start[@]}" "$run"
  hold resumed $launcher 1
  scancel "$job"
  ended CANCELLED '*'
  is Restarts 0 || fail "a job that its user canceled was requeued"
  until_true "all ranks are gone" no_rank

  submit "${start[@]}" "$run"
  hold resumed $launcher 2
  victims=($(pgrep -x moneta))
  [ ${#victims[@]} = 4 ] || fail "${#victims[@]} ranks instead of 4"
  SECONDS=0
  kill -KILL "${victims[RANDOM % 4]}"
  release
  ended FAILED 137:0
  [ $SECONDS -lt 60 ] || fail "the job took $SECONDS s to end after a rank died"
  until_true "all ranks are gone" no_rank

  submit "${start[@]}" "$run"
  ended COMPLETED 0:0
  same_checkpoints runs/straight runs/$launcher

  # A signal to the ranks, not to the batch shell, counts as a stop by the user.
  submit "${start[@]}" "run.name=ranks-$launcher"
  hold trained "ranks-$launcher" 1
  scancel --signal=USR1 "$job"
  release
  ended FAILED 75:0 'stopped and saved'
  is Restarts 0 || fail "a job that its user stopped was requeued"
done

