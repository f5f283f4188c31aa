#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One job and one run per seed, each with the same bytes as a run with only that seed; one of them is
# stopped and requeued without the others.
. "$(dirname "$0")/lib.sh"
market
for seed in 1 3; do ranks 2 train "${short[@]}" run.name=alone$seed run.seed=$seed; expect 0; done
array=$(sbatch --parsable --array=1,3 --output=%A_%a.out --ntasks=2 "$scripts/seeds.sbatch" "${short[@]}")
job=${array}_3  # the last task of an array also has the number of the array
hold trained small-seed3 1
scancel --signal=USR1 --batch "$job"
until_true "the signal comes" grep -q 'stop requested by Slurm' "$job.out"
release
requeued 1 'is requeued'
ended COMPLETED 0:0
job=${array}_1
ended COMPLETED 0:0
is Restarts 0 || fail "seed 1 was requeued with seed 3"
for seed in 1 3; do same_checkpoints runs/alone$seed runs/small-seed$seed; done

array=$(sbatch --parsable --array=2 --output=%A_%a.out "$scripts/seeds.sbatch" small.yaml run.name=other train.epochs=1)
job=${array}_2
ended COMPLETED 0:0
[ -d runs/other-seed2 ] || fail "no run other-seed2"
array=$(sbatch --parsable --array=2 --output=%A_%a.out "$scripts/seeds.sbatch" small.yaml run.seed=5)
job=${array}_2
ended FAILED 2:0 'the indices of --array are the seeds'
