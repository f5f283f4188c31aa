#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A device that cannot be opened, before anything is trained. An error is logged as the failure of the run,
# and a driver that never returns is named with its stage and ended by the watchdog. Then the run can be
# started as if it had never been.
. "$(dirname "$0")/lib.sh"
market

# bad RUN RANKS RANK fails|hangs: the start of a run whose RANK is bad; its status goes to RUN.status.
bad() {
  local run=$1 status=0
  sed "s/name: small/name: $run, watchdog_minutes: 0.8/" small.yaml >"$run.yaml"
  timeout 200 mpirun --quiet -np "$2" "$BAD_START" "$run.yaml" "$3" "$4" >"$run.txt" 2>&1 || status=$?
  echo "$status" >"$run.status"
}
# ends RUN STATUS EVENT MESSAGE: how it ended, and that its log says so.
ends() {
  cp "$1.txt" out.txt
  status=$(cat "$1.status")
  expect "$2"
  local events
  events=$(cat runs/"$1"/log/events-*.jsonl)
  grep -q "$4.*\"event.action\":\"$3\"" <<<"$events" || { echo "$events"; fail "$1 has no event $3: $4"; }
  tail -n 1 <<<"$events" | grep "\"event.action\":\"run_finished\".*\"exit_status\":$2" >/dev/null ||
    { echo "$events"; fail "the log of $1 does not end with the run"; }
  [ ! -e runs/"$1"/config.json ] || fail "config.json of a run that did not start"
  alone status runs/"$1"; expect 4 'not running: failed'
}

bad hangs0 1 0 hangs &
bad hangs1 2 1 hangs &
bad fails0 1 0 fails
bad fails1 2 1 fails
wait
ends fails0 5 run_failed 'its card has fallen off the bus'
ends fails1 5 run_failed 'rank 1: its card has fallen off the bus'
ends hangs0 75 watchdog 'training of rank 0 .*has sent no heartbeat for .* while it opens its device'
ends hangs1 75 watchdog 'rank 1 (process .*has sent no heartbeat for .* while it opens its device'
# The event names the rank whose error it is. Before the training has begun, there is nothing to save.
grep -q '"event.action":"run_failed".*"rank":1' runs/fails1/log/events-*.jsonl || fail "no event names rank 1"
! grep 'stop and save' runs/hangs1/log/events-*.jsonl || fail "no rank has anything to save"

ranks 2 train small.yaml run.name=good train.epochs=1; expect 0
ranks 2 train small.yaml run.name=fails1 train.epochs=1; expect 0
same_checkpoints runs/good runs/fails1
