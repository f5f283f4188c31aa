#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# moneta status during and after a run, in a file, in a terminal and for programs.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train small.yaml run.name=demo train.epochs=1; expect 0
escape=$(printf '\033')

# From what the run left: its status.json, or else its logs and checkpoints.
alone status runs/demo
expect 0 'demo: ' 'KRW-BTC .* 1/1 done +train [0-9.]+ +valid [0-9.]+ +best [0-9.]+ \(1\)' 'KRW-AVAX .* 1/1 done'
! grep -q "$escape" out.txt || fail "terminal codes in a file"
rm -f runs/demo/status.json
alone status runs/demo/
expect 0 'state unknown \(no status.json\)' 'KRW-BTC .* 1/1 done +train [0-9.]+ +valid [0-9.]+ +best [0-9.]+ \(1\)' '8 of 8 epochs'
gzip runs/demo/log/epochs-*.jsonl
alone status runs/demo; expect 0 'KRW-BTC .* 1/1 done +train [0-9.]+'
rm -r runs/demo/log
alone status runs/demo; expect 0 'KRW-BTC .* 1/1 done +train - +valid [0-9.]+ +best [0-9.]+ \(1\)'
alone status runs/nothing; expect 3 "there is no run in 'runs/nothing' \(no such folder\)" 'there is runs/demo\?'
one_message

# write_status STATE COIN_PHASE: writes status.json like rank 0.
write_status() {
  cat >runs/demo/status.json <<END
{"format": "moneta-status", "version": 1, "run": "demo", "host": "here", "pid": 1,
 "started_ms": 1742983200000, "written_ms": 1742983260000, "reported_ms": 1742983260000,
 "state": "$1", "epochs": 4, "ranks": 1, "elapsed_seconds": 60, "eta_seconds": 60,
 "coins": [{"coin": "KRW-BTC", "phase": "$2", "rank": 0, "epochs_done": 1, "fraction": 0.5,
            "train_loss": 0.5, "valid_loss": null, "best_valid_loss": null, "best_epoch": 0,
            "sequences_per_second": 100, "epoch_seconds": 30}],
 "events": [], "readings": [{"temperature_c": 61, "power_w": 310, "power_limit_w": 345}]}
END
}
write_status running running
alone status runs/demo; expect 0 'demo: running on here, process 1, 1 rank, last written' 'ETA ' 'rank 0: 61 C 310/345 W'
alone status runs/demo --json; expect 0 '"verdict": "running"' '"temperature_c": 61'
touch -d '20 seconds ago' runs/demo/status.json
alone status runs/demo; expect 4 'not running: last written 2.s ago on here, no clean shutdown recorded, probably killed'
write_status running failed
alone status runs/demo; expect 4 '1 failed'
write_status finished finished
alone status runs/demo --watch; expect 0 'not running: finished'

# In a terminal it is redrawn in place, ends on Ctrl-C, and restores the cursor.
script -q -e -c "stty cols 80 rows 20; '$MONETA' status runs/demo --watch" terminal.txt >/dev/null </dev/null ||
  fail "watching a finished run failed"
grep -q "$escape\[?25h" terminal.txt || fail "the cursor is still hidden"
write_status running running
touch -d '1 hour' runs/demo/status.json
cat >interrupt.sh <<END
stty cols 80 rows 20
'$MONETA' status runs/demo --watch & child=\$!
until grep -q ETA terminal.txt; do sleep 0.05; done
kill -INT \$child
wait \$child
END
script -q -e -f -c "bash -m interrupt.sh" terminal.txt >/dev/null </dev/null || fail "Ctrl-C did not end it with status 0"
tail -c 200 terminal.txt | grep -q "$escape\[?25h" || fail "Ctrl-C leaves the cursor hidden"

# A run that was asked to stop reports it until it has ended. Here a command that hangs delays the end.
mpirun --quiet -np 2 "$MONETA" train small.yaml run.name=stop train.epochs=2000 alert.command='sleep 60' \
  'alert.events=[run_started]' >out.txt 2>&1 &
job=$!
wait_for 1 '"state": "running"' runs/stop/status.json
kill -USR1 "$job"
wait_for 1 '"state": "stopping"' runs/stop/status.json
alone status runs/stop; expect 0 'stop: stopping on '
status=0
wait "$job" || status=$?
expect 75
alone status runs/stop; expect 0 'not running: stopped on request'
