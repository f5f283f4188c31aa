#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real time limit, which Slurm counts in minutes. Its signal may arrive up to a minute early, that is
# 10 to 70 s after the start; the ranks are paused until then.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train "${short[@]}" run.name=straight; expect 0
submit --nodes=4 --time=2 --signal=B:USR1@50 "$scripts/train.sbatch" "${short[@]}" run.name=limited
hold trained limited 1
until_true "the signal comes" logged 'stop requested by Slurm'
release
requeued 1 'stopped and saved' 'stopped by Slurm; job .* is requeued'
ended COMPLETED 0:0
same_checkpoints runs/straight runs/limited
