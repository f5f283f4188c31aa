#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A typical workflow with two ranks, for a program built with sanitizers: prepare, train, stop, resume,
# evaluate, inspect, and a coin that fails. A finding of a sanitizer changes the exit status.
. "$(dirname "$0")/lib.sh"
limit_s=600
market
train() { ranks 2 train small.yaml train.epochs=3 "$@"; }
train; expect 0
status=0
mpirun --quiet -np 2 "$MONETA" train small.yaml train.epochs=3 run.name=stopped >out.txt 2>&1 &
job=$!
wait_for 1 '"epoch":1' 'runs/stopped/log/epochs-*.jsonl'
kill -USR1 "$job"
wait "$job" || status=$?
expect 75 'stopped and saved'
train run.name=stopped; expect 0
same_checkpoints runs/small runs/stopped
alone evaluate runs/small; expect 0
alone status runs/small; expect 0
alone inspect runs/small/checkpoints/KRW-BTC/000003-000000.safetensors; expect 0
damage "$(ls shards/KRW-XRP/*.h5 | head -1)"
train run.name=damaged; expect 4 KRW-XRP
