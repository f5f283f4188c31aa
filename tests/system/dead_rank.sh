#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# However a rank dies, the job ends within 5 s with an exit status that reports it, and the next start
# resumes the run.
. "$(dirname "$0")/lib.sh"
market
long='train.epochs=4000 checkpoint.every_minutes=0.02'

# die SIGNAL RANK: starts training, sends SIGNAL to RANK and waits until the job ends.
die() {
  local signal=$1 rank=$2 run=$1$2
  status=0
  mpirun --quiet -x LD_PRELOAD="$EXIT_ON_SIGNAL" -np 2 "$MONETA" train small.yaml run.name="$run" \
    $long >out.txt 2>&1 &
  local job=$!
  wait_for 1 '"event.action":"model_saved"' "runs/$run/log/events-*.jsonl"
  local start
  start=$(date +%s%N)
  kill -"$signal" "$(pgrep -P "$job" | sort -n | sed -n "$((rank + 1))p")"
  wait "$job" || status=$?
  local ms=$((($(date +%s%N) - start) / 1000000))
  echo "SIG$signal to rank $rank: over after $ms ms with status $status"
  [ "$ms" -lt 5000 ] || fail "the job continued for $ms ms"
  case $status in 0 | 75) fail "status $status hides that a rank has died" ;; esac
  ranks 2 train small.yaml run.name="$run" train.epochs=1; expect 0
  grep -q '"event.action":"run_resumed"' runs/$run/log/events-*.jsonl ||
    fail "the next start did not resume"
}
for rank in 0 1; do
  for signal in KILL SEGV USR2; do die $signal $rank; done
done
