#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run that is stopped anywhere and started again ends with the same bytes as an undisturbed run.
# SEED repeats a test; by default the seed is random. One run is stopped up to 6 times, or 20 runs in the
# long form (MONETA_LONG).
. "$(dirname "$0")/lib.sh"
rounds=1; [ -z "${MONETA_LONG:-}" ] || rounds=20
RANDOM=${SEED:=$(($(date +%s) % 32768))}
echo "seed $SEED"
market
long='train.epochs=40'
ranks 2 train small.yaml run.name=straight $long; expect 0

# start_and_stop RUN STARTS: starts RUN and sends SIGUSR1 to mpirun up to a second after the event log
# has recorded that many STARTS.
start_and_stop() {
  status=0
  mpirun --quiet -np 2 "$MONETA" train small.yaml run.name="$1" $long >out.txt 2>&1 &
  local job=$!
  wait_for "$2" '"run_started"\|"run_resumed"' "runs/$1/log/events-*.jsonl"
  sleep "0.$((RANDOM % 900 + 100))"
  local asked=${EPOCHREALTIME/[.,]/} us
  kill -USR1 "$job" 2>/dev/null || true
  wait "$job" || status=$?
  us=$((${EPOCHREALTIME/[.,]/} - asked))
  [ "$us" -le "$longest_us" ] || longest_us=$us
}

stopped=0 longest_us=0
for round in $(seq "$rounds"); do
  for start in $(seq 6); do
    start_and_stop "stopped$round" "$start"
    case $status in 0 | 138) break ;; esac  # 138: the signal arrived after the ranks had ended
    expect 75 'stopped and saved'
    stopped=$((stopped + 1))
  done
  ranks 2 train small.yaml run.name="stopped$round" $long; expect 0
  same_checkpoints runs/straight "runs/stopped$round"
done
echo "stopped and saved $stopped times in $rounds runs, in at most $((longest_us / 1000)) ms"
[ "$longest_us" -lt 10000000 ] || fail "a stop took 10 s or more"
[ "$stopped" -ge "$rounds" ] || fail "no stop reached a run while it trained"

# In the middle of an epoch: an epoch has 600 updates, and the run is stopped once the first is logged.
cut='train.batch=2 train.accumulate=1 train.epochs=2 model.hidden=24'
ranks 2 train small.yaml run.name=cut $cut; expect 0
for signal in TERM HUP; do
  status=0
  mpirun --quiet -np 2 "$MONETA" train small.yaml run.name="cut$signal" $cut >out.txt 2>&1 &
  job=$!
  wait_for 1 '"epoch":1' "runs/cut$signal/log/epochs-*.jsonl"
  kill "-$signal" -- $(pgrep -P "$job")
  wait "$job" || status=$?
  expect 75
  ls "runs/cut$signal"/checkpoints/*/ | grep -E '[0-9]{6}-0*[1-9][0-9]*\.safetensors' >/dev/null ||
    fail "there is no checkpoint within an epoch"
  ranks 2 train small.yaml run.name="cut$signal" $cut; expect 0
  for coin in runs/cut/checkpoints/*/; do
    coin=$(basename "$coin")
    cmp "runs/cut/checkpoints/$coin/000002-000000.safetensors" \
        "runs/cut$signal/checkpoints/$coin/000002-000000.safetensors" || fail "$coin differs"
  done
done

# A finished run has nothing to do.
ranks 2 train small.yaml run.name=straight $long; expect 0
same_checkpoints runs/straight runs/stopped1
