#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A rank cannot continue for a reason that concerns no coin: rank 0 reports which rank and why, closes the
# logs, and the job ends with the exit status of the rank.
. "$(dirname "$0")/lib.sh"

# fails RANKS RANK: trains on RANKS ranks, of which RANK fails.
fails() {
  local run=runs/$1-$2
  sed "s/name: small/name: $1-$2/" "$TESTS/system/small.yaml" >run.yaml
  status=0
  timeout "$limit_s" mpirun --quiet -np "$1" "$RANK_FAILS" run.yaml "$2" 2>out.txt >/dev/null || status=$?
  expect 5
  [ "$(grep -o 'card has fallen off the bus\|run ended with status 5' out.txt | tr '\n' ,)" = \
    'card has fallen off the bus,run ended with status 5,' ] ||
    { cat out.txt; fail "standard error does not have the reason and then the end, once"; }
  local events
  events=$(cat $run/log/events-*.jsonl)
  grep -q 'card has fallen off the bus.*"event.action":"run_failed".*"rank":'"$2" <<<"$events" ||
    { echo "$events"; fail "no event names rank $2 and why"; }
  tail -n 1 <<<"$events" | grep '"event.action":"run_finished".*"exit_status":5' >/dev/null ||
    { echo "$events"; fail "the log does not end with the run"; }
  alone status $run; expect 4 'not running: failed' 'fallen off the bus'
}
fails 2 1
fails 2 0
fails 1 0
