#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With more ranks than coins, a team computes the same update as one rank except for the rounding of sums,
# and a team stops and resumes like one rank.
. "$(dirname "$0")/lib.sh"
coins='coins=[KRW-BTC, KRW-ETH]'
market "$coins"
# Five ranks: a team of three and one of two. With a micro-batch of 32, the 96 sequences of an update are
# three micro-batches, so every member gets some.
team() { ranks 5 train small.yaml "$coins" train.precision=f32 "$@"; }
ranks 1 train small.yaml "$coins" train.precision=f32 run.name=one; expect 0 'micro-batch 96'
team run.name=five; expect 0 'micro-batch 32, gradients summed by MPI'
team run.name=again; expect 0
same_checkpoints runs/five runs/again
alone evaluate runs/one; expect 0
alone evaluate runs/five; expect 0
losses() { grep -o '"test_loss": [0-9.e-]*' "runs/$1/evaluation.json" | cut -d' ' -f2; }
paste <(losses one) <(losses five) >pairs.txt
[ "$(wc -l <pairs.txt)" = 2 ] || fail "not two coins"
awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * $1) exit 1 }' pairs.txt ||
  { cat pairs.txt; fail "the losses of a team differ from those of one rank"; }

# Stopped in the middle of an epoch, once the first epoch is in the logs.
status=0
mpirun --quiet -np 5 "$MONETA" train small.yaml "$coins" train.precision=f32 run.name=stopped \
  >out.txt 2>&1 &
job=$!
wait_for 1 '"epoch":1' 'runs/stopped/log/epochs-*.jsonl'
kill -USR1 "$job"
wait "$job" || status=$?
expect 75 'stopped and saved'
team run.name=stopped; expect 0
same_checkpoints runs/five runs/stopped
