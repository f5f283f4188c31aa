#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# More ranks than coins: a coin's team makes the same update as one rank, but for the rounding of
# sums; and a team stops and goes on as one.
. "$(dirname "$0")/lib.sh"
coins='coins=[KRW-BTC, KRW-ETH]'
market "$coins"
# A small memory limit keeps the micro-batch small, so that there is something to share.
ranks 1 train small.yaml "$coins" run.name=one; expect 0
ranks 5 train small.yaml "$coins" run.name=five; expect 0
ranks 5 train small.yaml "$coins" run.name=again; expect 0
same_checkpoints runs/five runs/again
alone evaluate runs/one; expect 0
alone evaluate runs/five; expect 0
losses() { grep -o '"test_loss": [0-9.e-]*' "runs/$1/evaluation.json" | cut -d' ' -f2; }
paste <(losses one) <(losses five) >pairs.txt
[ "$(wc -l <pairs.txt)" = 2 ] || fail "not two coins"
awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * $1) exit 1 }' pairs.txt ||
  { cat pairs.txt; fail "a team's losses differ from those of one rank"; }
