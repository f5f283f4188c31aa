#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A failure of one coin does not affect the others. One of eight coins on two ranks has a bad shard, from
# the start or while training, or cannot save. The others end with the same bytes as in a clean run, the
# last valid checkpoint of the coin is kept, and once the cause is fixed, the next start ends like the
# clean run. CHANGE_SHARDS is tests/system/change_shards.cc.
. "$(dirname "$0")/lib.sh"
victim=KRW-XRP
market
cp -r shards shards.good
"$CHANGE_SHARDS" dense shards dense
cp -r dense dense.good
repair() { rm -rf shards dense; cp -r shards.good shards; cp -r dense.good dense; }

# others_alike CLEAN RUN: all coins except the victim have the same checkpoints in both runs.
others_alike() {
  diff -r -x "$victim" -x index.json "$1/checkpoints" "$2/checkpoints" >diff.txt ||
    { cat diff.txt; fail "another coin of $2 differs from $1"; }
}

# events RUN COUNT ACTION: the log has COUNT events with this action, all of the victim.
events() {
  local lines
  lines=$(cat "$1"/log/events-*.jsonl | grep "\"event.action\":\"$3\"" || true)
  [ "$(grep -c . <<<"$lines")" = "$2" ] || { echo "$lines"; fail "not $2 events $3 in $1"; }
  [ "$2" = 0 ] || ! grep -v "$victim" <<<"$lines" || fail "an event $3 in $1 names another coin"
}

# last_good RUN FILE: this is the newest checkpoint of the victim, and it is valid.
last_good() {
  local last
  last=$(find "$1/checkpoints/$victim" -name '*.safetensors' -type f | sort | tail -1)
  [ "$(basename "$last")" = "$2" ] || fail "the last good checkpoint of $1 is $last, not $2"
  alone inspect "$last"; expect 0 "$victim"
}

# ends_as CLEAN RUN ARGUMENTS...: after a repair and another start, RUN ends with the bytes of CLEAN.
ends_as() {
  local clean=$1 run=$2; shift 2
  repair
  ranks 2 train small.yaml run.name="$(basename "$run")" "$@"; expect 0
  same_checkpoints "$clean" "$run"
}

echo "invalid values in a shard whose digest is correct"
two='train.epochs=2'
ranks 2 train small.yaml run.name=clean $two; expect 0
"$CHANGE_SHARDS" set shards $victim/2025-02.h5 /1m/features 9000 nan
ranks 2 train small.yaml run.name=nan $two
expect 4 "$victim: '.*$victim/2025-02.h5', dataset '/1m/features': .* not finite"
others_alike runs/clean runs/nan
events runs/nan 1 coin_failed
[ ! -e runs/nan/checkpoints/$victim ] || fail "a coin that never trained has a checkpoint"
ends_as runs/clean runs/nan $two

# A target of the validation split that overflows when it is scaled.
"$CHANGE_SHARDS" set shards $victim/2025-02.h5 /samples/target 550 3e38
ranks 2 train small.yaml run.name=inf $two; expect 4 "$victim: .* 3 rollbacks to an earlier checkpoint"
others_alike runs/clean runs/inf
events runs/inf 3 rolled_back
events runs/inf 1 coin_failed
ends_as runs/clean runs/inf $two

# Large, but finite: the coin trains on it, and only its own forecasts suffer.
"$CHANGE_SHARDS" set shards $victim/2025-01.h5 /1m/features 9000 1e30
ranks 2 train small.yaml run.name=huge $two; expect 0
others_alike runs/clean runs/huge
repair

echo "a coin that cannot save its last two epochs"
four='train.epochs=4'
ranks 2 train small.yaml run.name=long $four; expect 0
in_the_way=runs/unsaved/checkpoints/$victim
mkdir -p $in_the_way/00000{3,4}-000000.safetensors/not-empty
ranks 2 train small.yaml run.name=unsaved $four
expect 6 "$victim: cannot .*000003-000000.safetensors" "$victim: cannot .*000004-000000.safetensors"
others_alike runs/long runs/unsaved
events runs/unsaved 3 save_failed  # the last one is retried at the end
events runs/unsaved 0 coin_failed
last_good runs/unsaved 000002-000000.safetensors
rm -r $in_the_way/00000[34]-000000.safetensors
ends_as runs/long runs/unsaved $four

echo "a streamed shard that is damaged during training"
dense='data.shards=dense train.epochs=12'
ranks 2 train small.yaml run.name=dense $dense; expect 0

# bad_while_running RUN COMMAND...: runs COMMAND once the victim's third epoch is in the log.
bad_while_running() {
  local run=$1; shift
  status=0
  timeout 120 mpirun --quiet -np 2 "$MONETA" train small.yaml run.name="$run" $dense >out.txt 2>&1 &
  local job=$!
  wait_for 1 "\"$victim\".*\"epoch\":3" "runs/$run/log/epochs-*.jsonl"
  "$@"
  wait "$job" || status=$?
}
shard=dense/$victim/2025-02.h5
overwrite() { dd if=/dev/zero of=$shard bs=100k seek=2 count=14 conv=notrunc status=none; }
cut_short() { truncate -s 100k $shard; }
for trouble in overwrite cut_short; do
  bad_while_running $trouble $trouble
  expect 4 "$victim: cannot read .*$shard.*/sequences/"
  others_alike runs/dense runs/$trouble
  events runs/$trouble 1 coin_failed
  newest=$(ls runs/$trouble/checkpoints/$victim | tail -1)
  [[ $newest > 000002-000000.safetensors && $newest < 000012-000000.safetensors ]] ||
    fail "the victim of $trouble ends with $newest"
  last_good runs/$trouble "$newest"
  ends_as runs/dense runs/$trouble $dense
done

# An open file can still be read after its name has been removed.
bad_while_running removed rm $shard; expect 0
same_checkpoints runs/dense runs/removed
echo "the other seven coins were not affected"
