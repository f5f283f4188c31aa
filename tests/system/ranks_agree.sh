#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With the same seed and one thread per rank, the checkpoints of every coin are byte-identical for any
# number of ranks and any placement.
. "$(dirname "$0")/lib.sh"
market
ranks 1 train small.yaml run.name=one; expect 0 'the run is in'
for count in 2 3 4 8; do
  ranks "$count" train small.yaml run.name="with$count"; expect 0
  same_checkpoints runs/one "runs/with$count"
done
ranks 2 train small.yaml run.name=placed \
  'placement=[[KRW-AVAX, KRW-ETH, KRW-BTC], [KRW-SOL, KRW-XRP, KRW-ADA, KRW-DOGE, KRW-DOT]]'
expect 0
same_checkpoints runs/one runs/placed
[ "$(cat runs/one/log/epochs-*.jsonl | wc -l)" = 48 ] || fail "not 8 coins x 6 epochs in the log"
[ "$(find runs/one/checkpoints -name '*.safetensors' | wc -l)" -le 24 ] ||
  fail "rotation kept more than the last two and the best checkpoint of a coin"
