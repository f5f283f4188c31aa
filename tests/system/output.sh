#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The output of a run: bars in a terminal, also through mpirun; plain lines in a file or a pipe.
. "$(dirname "$0")/lib.sh"
market
escape=$(printf '\033')
ranks 2 train small.yaml run.name=file train.epochs=1; expect 0 'epoch 1/1  KRW-BTC +train [0-9.]+ +valid'
! grep -q "$escape" out.txt || fail "terminal codes in a file"
[ "$(grep -c '^epoch 1/1' out.txt)" = 8 ] || { cat out.txt; fail "not one line per epoch"; }
ranks 2 train small.yaml run.name=file train.epochs=1; expect 0 'KRW-BTC: is finished after epoch 1'

command -v script >/dev/null || fail "script (in the packages util-linux and bsdutils) is missing"
COLUMNS=100 LINES=30 script -q -e -c "stty cols 100 rows 30; mpirun --quiet -np 2 '$MONETA' train \
  small.yaml run.name=terminal train.epochs=1" terminal.txt >/dev/null </dev/null
grep -q "$escape\[K" terminal.txt || fail "no bars in a terminal"
grep -q 'ETA' terminal.txt || fail "no ETA in a terminal"
grep -q 'KRW-AVAX.* 1/1 done' terminal.txt || { cat terminal.txt; fail "the final state is missing"; }
alone inspect runs/terminal/checkpoints/KRW-BTC/000001-000000.safetensors; expect 0 'KRW-BTC'
alone plan small.yaml; expect 0 'micro-batch' 'KRW-DOT'
alone --help; expect 0 'moneta synth'
for command in synth import fetch prepare plan train status evaluate inspect completion; do
  alone "$command" --help; expect 0 'Example'
done
