#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A stop by the user ends a job for good, saved or not, and a rank that dies ends it at once; the
# same sbatch again goes on from there to the bytes of a run that ran through.
. "$(dirname "$0")/lib.sh"
market
long=train.epochs=20
ranks 2 train small.yaml run.name=straight $long; expect 0

# train SCRIPT RUN: starts RUN, or starts it again, and returns once it trains.
train() {
  submit --nodes=4 "$scripts/$1.sbatch" small.yaml "run.name=$2" $long
}
for launcher in train train-srun; do
  train $launcher "saved-$launcher"
  until_true 30 "it trains" trains_epoch "saved-$launcher" 2
  scancel --signal=INT --batch "$job"
  ended FAILED 75:0 'asked to stop by its user' 'stopped and saved' 'stopped for good, status 75'
  train $launcher "saved-$launcher"
  until_true 30 "it goes on" resumed "saved-$launcher" 1
  scancel "$job"
  ended CANCELLED '*'
  is Restarts 0 || fail "a job that its user cancelled was queued again"

  train $launcher "saved-$launcher"
  until_true 30 "it goes on" resumed "saved-$launcher" 2
  victims=($(pgrep -x moneta))
  [ ${#victims[@]} = 4 ] || fail "${#victims[@]} ranks instead of 4"
  SECONDS=0
  kill -KILL "${victims[RANDOM % 4]}"
  ended FAILED 137:0
  [ $SECONDS -lt 20 ] || fail "the job took $SECONDS s to notice that a rank died"
  until_true 10 "all ranks are gone" no_rank
  train $launcher "saved-$launcher"
  ended COMPLETED 0:0
  same_checkpoints runs/straight "runs/saved-$launcher"
done

# Signals that srun's ranks get without the batch shell are a user's as well.
train train-srun ranks
until_true 30 "it trains" trains_epoch ranks 2
scancel --signal=USR1 "$job"
ended FAILED 75:0 'stopped and saved'
is Restarts 0 || fail "a job that its user stopped was queued again"
