#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stopped anywhere and started again, a run ends with the bytes of one that ran through.
# A fresh seed unless SEED is set; one run stopped up to 6 times, or 20 of them in the long form
# (MONETA_LONG).
. "$(dirname "$0")/lib.sh"
rounds=1; [ -z "${MONETA_LONG:-}" ] || rounds=20
RANDOM=${SEED:=$(($(date +%s) % 32768))}
echo "seed $SEED"
market
ranks 2 train small.yaml run.name=straight; expect 0

# start_and_stop RUN DELAY_S: starts RUN and sends mpirun SIGUSR1 after a while.
start_and_stop() {
  status=0
  mpirun --quiet -np 2 "$MONETA" train small.yaml run.name="$1" >out.txt 2>&1 &
  local job=$!
  sleep "$2"
  kill -USR1 "$job" 2>/dev/null || true
  wait "$job" || status=$?
}

stopped=0
for round in $(seq "$rounds"); do
  for _ in $(seq 6); do
    start_and_stop "stopped$round" "$((RANDOM % 2)).$((RANDOM % 10))"
    [ "$status" = 0 ] && break
    # Before the handler is installed the signal ends the process; nothing is saved then.
    [ "$status" = 75 ] && { stopped=$((stopped + 1)); expect 75 'stopped and saved'; }
  done
  ranks 2 train small.yaml run.name="stopped$round"; expect 0
  same_checkpoints runs/straight "runs/stopped$round"
done
echo "stopped and saved $stopped times in $rounds runs"

# In the middle of an epoch: longer epochs, stopped once the first update of one is made.
ranks 2 train small.yaml run.name=cut train.batch=8 train.accumulate=1 train.epochs=2; expect 0
status=0
mpirun --quiet -np 2 "$MONETA" train small.yaml run.name=cut2 train.batch=8 train.accumulate=1 \
  train.epochs=2 >out.txt 2>&1 &
job=$!
wait_for 1 run_started 'runs/cut2/log/events-*.jsonl'
sleep 0.15
kill -TERM -- $(pgrep -P "$job")
wait "$job" || status=$?
expect 75
ls runs/cut2/checkpoints/*/ | grep -Eq '[0-9]{6}-0*[1-9][0-9]*\.safetensors' ||
  fail "no checkpoint inside an epoch"
ranks 2 train small.yaml run.name=cut2 train.batch=8 train.accumulate=1 train.epochs=2; expect 0
for coin in runs/cut/checkpoints/*/; do
  coin=$(basename "$coin")
  cmp "runs/cut/checkpoints/$coin/000002-000000.safetensors" \
      "runs/cut2/checkpoints/$coin/000002-000000.safetensors" || fail "$coin differs"
done

# A finished run has nothing left to do.
ranks 2 train small.yaml run.name=straight; expect 0
same_checkpoints runs/straight runs/stopped1
