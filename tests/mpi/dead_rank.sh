#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A rank that dies, in whatever way, ends the job in less than 5 s with a status that says so, and
# the next start goes on.
. "$(dirname "$0")/lib.sh"
market
long='train.epochs=4000 checkpoint.every_minutes=0.02'

# die SIGNAL RANK: starts training, sends SIGNAL to RANK, and waits for the end of the job.
die() {
  local signal=$1 rank=$2 run=$1$2
  status=0
  mpirun --quiet -x LD_PRELOAD="$EXIT_ON_SIGNAL" -np 2 "$MONETA" train small.yaml run.name="$run" \
    $long >out.txt 2>&1 &
  local job=$!
  wait_for 1 '"epoch":2,' "runs/$run/log/epochs-*.jsonl"
  local start
  start=$(date +%s%N)
  kill -"$signal" "$(pgrep -P "$job" | sort -n | sed -n "$((rank + 1))p")"
  wait "$job" || status=$?
  local ms=$((($(date +%s%N) - start) / 1000000))
  echo "SIG$signal to rank $rank: over after $ms ms with status $status"
  [ "$ms" -lt 5000 ] || fail "the job went on for $ms ms"
  case $status in 0 | 75) fail "status $status hides that a rank has died" ;; esac
  ranks 2 train small.yaml run.name="$run" train.epochs=1; expect 0
  cat runs/$run/log/events-*.jsonl | grep -q '"event.action":"run_resumed"' ||
    fail "the next start did not go on"
}
for rank in 0 1; do
  for signal in KILL SEGV USR2; do die $signal $rank; done
done

# A rank that has to give up says so before the job ends.
status=0
mpirun --quiet -np 2 "$MONETA" train small.yaml run.name=poor $long \
  alert.command="cat >>$PWD/alerts.txt" >out.txt 2>&1 &
job=$!
wait_for 1 '"epoch":2,' "runs/poor/log/epochs-*.jsonl"
prlimit --pid "$(pgrep -P "$job" | sort -n | tail -1)" --as=1000000
wait "$job" || status=$?
expect 5 'the run ended with status 5'
cat runs/poor/log/events-*.jsonl | grep -q '"event.action":"run_failed".*"rank":1' ||
  fail "no event says why the run ended"
grep -q 'run_failed' alerts.txt || fail "nobody was called"
alone status runs/poor; expect 4 'failed'
