#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A rank that stops responding is reported within 60 s, and the watchdog ends the job with status 75. The
# other ranks have saved, and the next start ends with the same bytes as an undisturbed run.
. "$(dirname "$0")/lib.sh"
market
short='train.epochs=40'
long='train.epochs=4000 checkpoint.every_minutes=1000'
ranks 2 train small.yaml run.name=straight $short; expect 0

# stall RUN RANK [key=value...]: trains on two ranks, stops the process of RANK once it trains, and waits
# for the end. RUN.status is the exit status, RUN.named the seconds until the rank was reported.
stall() {
  local run=$1 rank=$2 status=0; shift 2
  timeout 150 mpirun --quiet -np 2 "$MONETA" train small.yaml run.name="$run" \
    run.watchdog_minutes=0.85 "$@" >"$run.txt" 2>&1 &
  local job=$!
  wait_for 1 '"epoch":2,' "runs/$run/log/epochs-*.jsonl"
  local launcher stopped
  launcher=$(pgrep -P "$job")
  stopped=$(pgrep -P "$launcher" | sort -n | sed -n "$((rank + 1))p")  # they were started in order
  kill -STOP "$stopped"
  local start=$SECONDS
  until grep -q 'sent no heartbeat' "$run.txt" runs/$run/log/events-*.jsonl; do
    [ $((SECONDS - start)) -lt 100 ] || break
    sleep 0.5
  done
  echo $((SECONDS - start)) >"$run.named"
  wait "$job" || status=$?
  echo "$status" >"$run.status"
  # It may take a moment to end, and may remain as a zombie.
  local tries
  for tries in $(seq 100) last; do
    case $(sed 's/.*) //' "/proc/$stopped/stat" 2>/dev/null) in '' | Z*) break ;; esac
    [ "$tries" != last ] || fail "the stopped rank of $run is still alive"
    sleep 0.1
  done
  touch "$run.gone"
}
stall idle 1 $short &
stall busy 1 $long &
stall team 1 $long coins='[KRW-BTC]' &
stall rank0 0 $long &
wait

for run in idle busy team rank0; do
  echo "$run: reported after $(cat $run.named) s, status $(cat $run.status)"
  cp "$run.txt" out.txt
  status=$(cat $run.status)
  expect 75
  [ -e $run.gone ] || fail "$run did not end"
  [ "$(cat $run.named)" -le 60 ] || fail "reported only after $(cat $run.named) s"
done
for run in idle busy team; do
  events=$(cat runs/$run/log/events-*.jsonl)
  grep -q '"rank 1 (process [0-9]* on .*"event.action":"stalled"' <<<"$events" ||
    fail "no event names rank 1 of $run"
  [ "$(grep -c '"event.action":"stalled"' <<<"$events")" = 1 ] || fail "more than rank 1 is reported"
  for action in watchdog run_finished; do
    grep -q "\"event.action\":\"$action\"" <<<"$events" || fail "$run has no event $action"
  done
  grep -q 'ended by its watchdog' <<<"$events" || fail "the log of $run does not report what ended it"
  alone status runs/$run; expect 4 'not running: failed'
done
grep -q 'rank 0 (process [0-9]* on .*sent no heartbeat' rank0.txt || fail "rank 0 is not reported"

# Rank 0 was still training when the watchdog acted: it saved in the middle of an epoch or at its end.
sed '1,/"event.action":"watchdog"/d' runs/busy/log/events-*.jsonl |
  grep '"event.action":"model_saved"' >/dev/null || fail "nothing was saved after the watchdog acted"
for run in idle rank0; do
  more=$short; [ $run = idle ] || more=train.epochs=1
  ranks 2 train small.yaml run.name=$run $more; expect 0
  grep -q '"event.action":"resumed"' runs/$run/log/events-*.jsonl || fail "$run did not resume"
done
same_checkpoints runs/straight runs/idle
