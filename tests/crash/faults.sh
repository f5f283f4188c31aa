#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Disks that fail while a run trains: a preloaded library (FAULTS) makes calls fail. What the disk
# accepts is saved, the rest is reported, training continues, and a run that ends successfully has the
# same bytes as one on a healthy disk.
. "$(dirname "$0")/../system/lib.sh"
tmpfs='' job=''
clean_up() {
  [ -z "$job" ] || { kill "$job" && wait "$job"; } 2>/dev/null || true
  [ -z "$tmpfs" ] || umount "$tmpfs"
  rm -rf "$work"
}
trap clean_up EXIT
market
ENOSPC=28 EIO=5 EINTR=4
# With a checkpoint kept for every epoch, a missing one is noticed.
setting=(small.yaml run.folder="$work/runs" 'coins=[KRW-BTC, KRW-SOL]' train.epochs=6 checkpoint.keep_last=6)
ranks 2 train "${setting[@]}" run.name=sound; expect 0

# faulty RUN SETTING=VALUE...: trains RUN with these faults injected below its folder.
faulty() {
  local run=$1 options=(-x LD_PRELOAD="$FAULTS" -x FAULT_FOLDER="$work/runs/$1"); shift
  local fault
  for fault in "$@"; do options+=(-x "$fault"); done
  status=0
  timeout 120 mpirun --quiet -np 2 "${options[@]}" "$MONETA" train "${setting[@]}" \
    run.name="$run" >out.txt 2>&1 || status=$?
}

# told RUN EVENT PATTERN: the log contains such an event.
told() {
  cat runs/"$1"/log/events-*.jsonl | grep "\"event.action\":\"$2\"" | grep -E -- "$3" >/dev/null ||
    { cat runs/"$1"/log/events-*.jsonl; fail "no event $2 with '$3'"; }
}
not_told() {
  compgen -G "runs/$1/log/events-*.jsonl" >/dev/null || fail "$1 has no log of events"
  ! cat runs/"$1"/log/events-*.jsonl | grep "\"event.action\":\"$2\"" || fail "an event $2"
}
all_epochs() { [ "$(cat runs/"$1"/log/epochs-*.jsonl | wc -l)" = 12 ] || fail "epochs of $1 are missing"; }

echo "temporary failures are retried"
for fault in "write $EINTR" "open $EINTR" "fsync $EINTR" "write $EIO" "fsync $EIO" "rename $EIO" \
  "open $ENOSPC" "write 0"; do
  read -r call error <<<"$fault"
  faulty once FAULT_CALL="$call" FAULT_ERROR="$error" FAULT_PATH=/checkpoints/ FAULT_FIRST=5 \
    FAULT_LAST=5 FAULT_FIRED="$work/fired"
  expect 0
  rm fired || fail "no call of $call was made to fail"
  not_told once save_failed
  all_epochs once
  no_half_file runs/once
  same_checkpoints runs/sound runs/once
  rm -rf runs/once
done

echo "a save that fails three times is reported, and the coin's next save succeeds"
file=KRW-SOL/000003-000000.safetensors
faulty lost FAULT_CALL=fsync FAULT_ERROR=$EIO FAULT_PATH=$file FAULT_FIRST=0 FAULT_LAST=2
expect 0
told lost save_failed "$file' \(Input/output error\).*3 tries"
all_epochs lost
no_half_file runs/lost
[ ! -e runs/lost/checkpoints/$file ] || fail "the save that failed has left a file"
cp -r runs/sound without
rm without/checkpoints/$file
diff -r -x index.json without/checkpoints runs/lost/checkpoints || fail "another file differs"

echo "an index that temporarily cannot be written"
faulty index FAULT_CALL=rename FAULT_ERROR=$EIO FAULT_PATH=/index.json FAULT_FIRST=3 FAULT_LAST=6
expect 0
told index index_not_written "index.json' \(Input/output error\)"
all_epochs index
no_half_file runs/index
same_checkpoints runs/sound runs/index

echo "a disk that accepts no writes until the end"
faulty full FAULT_CALL=write FAULT_ERROR=$ENOSPC FAULT_PATH=/checkpoints/ FAULT_FIRST=60
expect 6
told full save_failed 'No space left on device'
all_epochs full
no_half_file runs/full
ranks 2 train "${setting[@]}" run.name=full; expect 0
same_checkpoints runs/sound runs/full

# fills RUN FILL FREE: training continues while the disk is full, and saves again once there is space.
fills() {
  local run=$1 fill=$2 free=$3
  mpirun --quiet -np 2 "${options[@]}" "$MONETA" train "${setting[@]}" train.epochs=40 \
    checkpoint.keep_last=2 run.name="$run" >out.txt 2>&1 &
  job=$!
  wait_for 2 '"epoch":1,' "runs/$run/log/epochs-*.jsonl"
  $fill
  wait_for 1 '"save_failed"' "runs/$run/log/events-*.jsonl"
  $free
  status=0
  wait "$job" || status=$?
  job=''
  expect 0
  told "$run" save_failed 'No space left on device'
  no_half_file "runs/$run/"
  same_checkpoints runs/long "runs/$run"
}
ranks 2 train "${setting[@]}" train.epochs=40 checkpoint.keep_last=2 run.name=long; expect 0

echo "a disk that is temporarily full"
options=(-x LD_PRELOAD="$FAULTS" -x FAULT_FOLDER="$work/runs/for_a_time" -x FAULT_CALL=write
  -x FAULT_PATH=/checkpoints/ -x "FAULT_ERROR=$ENOSPC" -x FAULT_WHILE="$work/full")
fills for_a_time 'touch full' 'rm full'

mkdir -p runs/tmpfs/checkpoints
if mount -t tmpfs -o size=8m tmpfs runs/tmpfs/checkpoints 2>/dev/null; then
  echo "the same on a small tmpfs"
  tmpfs=$work/runs/tmpfs/checkpoints options=()
  fill() { dd if=/dev/zero of="$tmpfs/ballast" bs=64k 2>/dev/null || true; }
  fills tmpfs fill "rm $tmpfs/ballast"
else
  echo "no permission to mount a tmpfs: the full disk was only simulated by the library"
fi
echo "training survived every fault"
