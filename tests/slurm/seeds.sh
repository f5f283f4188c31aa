#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One job and one run per seed, with the bytes that the seed gives alone; one of them is stopped and
# queued again without the others.
. "$(dirname "$0")/lib.sh"
market
for seed in 1 3; do ranks 2 train "${short[@]}" run.name=alone$seed run.seed=$seed; expect 0; done
array=$(sbatch --parsable --array=1,3 --output=%A_%a.out --ntasks=2 "$scripts/seeds.sbatch" "${short[@]}")
job=${array}_3  # the last of an array has the array's own number as well
hold trained small-seed3 1
scancel --signal=USR1 --batch "$job"
until_true "the signal comes" grep -q 'stop by Slurm' "$job.out"
release
queued_again 1 'queued again'
ended COMPLETED 0:0
job=${array}_1
ended COMPLETED 0:0
is Restarts 0 || fail "seed 1 was queued again with seed 3"
for seed in 1 3; do same_checkpoints runs/alone$seed runs/small-seed$seed; done

array=$(sbatch --parsable --array=2 --output=%A_%a.out "$scripts/seeds.sbatch" small.yaml run.name=other train.epochs=1)
job=${array}_2
ended COMPLETED 0:0
[ -d runs/other-seed2 ] || fail "no run other-seed2"
array=$(sbatch --parsable --array=2 --output=%A_%a.out "$scripts/seeds.sbatch" small.yaml run.seed=5)
job=${array}_2
ended FAILED 2:0 'the numbers of --array are the seeds'
