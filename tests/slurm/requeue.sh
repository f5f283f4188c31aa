#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A stop that Slurm requests requeues the job, which ends with the same bytes as an undisturbed run: the
# signal before the time limit, and preemption by a job with a higher priority.
. "$(dirname "$0")/lib.sh"
rounds=1; [ -z "${MONETA_LONG:-}" ] || rounds=10
RANDOM=${SEED:=$(($(date +%s) % 32768))}
echo "seed $SEED"
market
ranks 2 train "${short[@]}" run.name=straight; expect 0
for round in $(seq "$rounds"); do
  for launcher in train train-srun; do
    run=$launcher$round
    submit --nodes=4 "$scripts/$launcher.sbatch" "${short[@]}" "run.name=$run"
    hold trained "$run" $((RANDOM % 4 + 1))
    scancel --signal=USR1 --batch "$job"  # what slurmctld sends before the time limit
    until_true "the signal comes" logged 'stop requested by Slurm'
    release
    requeued 1 'stopped and saved' 'is requeued and will resume'

    hold resumed "$run" 1
    sbatch --quiet --output=urgent.out --partition=urgent --nodes=4 --exclusive --wrap 'echo urgent'
    until_true "preemption is signaled" signalled 2
    release
    requeued 2
    until_true "the urgent job runs" grep -q urgent urgent.out
    rm urgent.out
    ended COMPLETED 0:0
    [ "$(grep -c 'stopped and saved' "$job.out")" = 2 ] || { report; fail "not saved twice"; }
    same_checkpoints runs/straight "runs/$run"
  done
done
