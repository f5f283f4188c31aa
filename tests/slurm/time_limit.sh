#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real time limit, which Slurm counts in minutes. Its signal may come up to a minute early, so 10 to
# 70 s after the start, for which the ranks wait here.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train "${short[@]}" run.name=straight; expect 0
submit --nodes=4 --time=2 --signal=B:USR1@50 "$scripts/train.sbatch" "${short[@]}" run.name=limited
hold trained limited 1
until_true "the signal comes" logged 'asked to stop by Slurm'
release
queued_again 1 'stopped and saved' 'stopped by Slurm; job .* is queued again'
ended COMPLETED 0:0
same_checkpoints runs/straight runs/limited
