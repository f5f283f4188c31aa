#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real time limit, which Slurm counts in minutes: its signal comes up to half a minute after the
# start. The ranks are paused until then, so that they have not finished and take no processor.
. "$(dirname "$0")/lib.sh"
market
long=train.epochs=12
ranks 2 train small.yaml run.name=straight $long; expect 0
submit --nodes=4 --time=1 --signal=B:USR1@50 "$scripts/train.sbatch" small.yaml run.name=limited $long
until_true 30 "the run trains" trains_epoch limited 1
kill -STOP $(pgrep -x moneta)
until_true 60 "the signal comes" logged 'asked to stop by the time limit'
kill -CONT $(pgrep -x moneta)
queued_again 1 'stopped and saved' 'stopped by the time limit; job .* is queued again'
ended COMPLETED 0:0
same_checkpoints runs/straight runs/limited
