#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What Slurm asks for queues a job again, and it ends with the bytes of one that ran through: the
# signal before the time limit, and a more urgent job that needs the nodes.
. "$(dirname "$0")/lib.sh"
rounds=1; [ -z "${MONETA_LONG:-}" ] || rounds=10
RANDOM=${SEED:=$(($(date +%s) % 32768))}
echo "seed $SEED"
market
long=train.epochs=20
ranks 2 train small.yaml run.name=straight $long; expect 0
for round in $(seq "$rounds"); do
  for launcher in train train-srun; do
    run=$launcher$round
    submit --nodes=4 "$scripts/$launcher.sbatch" small.yaml "run.name=$run" $long
    until_true 30 "$run trains" trains_epoch "$run" 1
    sleep "0.$((RANDOM % 900 + 100))"
    scancel --signal=USR1 --batch "$job"  # what slurmctld sends before the time limit
    queued_again 1 'asked to stop by the time limit' 'stopped and saved' 'is queued again and goes on from here'

    until_true 30 "$run goes on" resumed "$run" 1
    sbatch --quiet --output=urgent.out --partition=urgent --nodes=4 --exclusive --wrap 'echo urgent'
    queued_again 2
    until_true 60 "the urgent job runs" grep -q urgent urgent.out
    rm urgent.out
    ended COMPLETED 0:0
    is Restarts 2 || fail "job $job was started $(field Restarts) times again"
    [ "$(grep -c 'stopped and saved' "$job.out")" = 2 ] || { report; fail "not saved twice"; }
    same_checkpoints runs/straight "runs/$run"
  done
done
