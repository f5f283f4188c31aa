#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every kind of bad input that a user may have. Each leads to the documented exit status and one message
# that says what is wrong, where, and what to do, and leaves no incomplete file and no hanging rank.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train small.yaml run.name=good train.epochs=2; expect 0
cp -r shards shards.good
cp -r runs/good good.run

echo "wrong config and usage"
ranks 2 train nothing.yaml; expect 2 'nothing.yaml'; one_message
ranks 2 train small.yaml model.hiden=3; expect 2 'model.hiden' 'model.hidden'; one_message
ranks 2 train small.yaml train.epochs=many; expect 2 'train.epochs' 'many'; one_message
ranks 2 train small.yaml 'coins=[KRW-BTC, KRW-BTC]'; expect 2 'KRW-BTC' 'twice'; one_message
ranks 2 train small.yaml 'placement=[[KRW-BTC]]'; expect 2 'placement'; one_message
ranks 2 train small.yaml model.transformer.enabled=true model.transformer.heads=7
expect 2 'model.transformer.heads is 7' 'divide'; one_message
ranks 3 train small.yaml \
  'placement=[[KRW-BTC, KRW-ETH, KRW-XRP, KRW-SOL], [KRW-ADA, KRW-DOGE, KRW-DOT, KRW-AVAX]]'
expect 2 'placement lists the coins of 2 ranks' '3 were started'; one_message
alone frobnicate; expect 2
alone train; expect 2 'CONFIG'
CUDA_VISIBLE_DEVICES='' alone train small.yaml device.kind=cuda; expect 5 'device.kind'
alone evaluate nowhere; expect 3 'nowhere'

echo "too little memory"
ranks 2 train small.yaml device.memory_limit_mib=1 run.name=memory
expect 5 'needs [0-9]+ MiB' 'device.memory_limit_mib'; one_message
[ "$(grep -c 'needs [0-9]* MiB' out.txt)" = 1 ] || { cat out.txt; fail "the error is printed twice"; }
[ ! -e runs/memory/config.json ] || fail "config.json of a run that cannot start"
mpirun --quiet -np 2 "$MONETA" train small.yaml device.memory_limit_mib=1 run.name=memory \
  2>out.txt >/dev/null || true
[ "$(grep -o 'moneta: error\|run ended with status 5' out.txt | tr '\n' ,)" = \
  'moneta: error,run ended with status 5,' ] ||
  { cat out.txt; fail "standard error does not have the reason and then the end, once"; }
alone plan small.yaml device.memory_limit_mib=1; expect 5 'device.memory_limit_mib'; one_message

echo "raw candles"
alone prepare small.yaml data.raw=nowhere; expect 3 'nowhere'
mkdir empty
alone prepare small.yaml data.raw=empty; expect 3 'empty' 'KRW-BTC'
bad_csv() {  # bad_csv PATTERN LINE...: appends these lines to valid candles of KRW-BTC
  local pattern=$1; shift
  rm -rf bad; mkdir bad
  zcat raw/KRW-BTC.csv.gz | sed -n 1,100p >bad/KRW-BTC.csv
  printf '%s\n' "$@" >>bad/KRW-BTC.csv
  alone prepare small.yaml data.raw=bad data.shards=bad/shards 'coins=[KRW-BTC]'
  expect 3 'KRW-BTC.csv' 'line 101' "$pattern"
  [ -z "$(find bad/shards -name '*.h5' -o -name '*.tmp' 2>/dev/null)" ] || fail "bad candles were written to a shard"
}
bad_csv 'nan' '1738400040000,1,1,1,nan,1'
bad_csv 'hello' '1738400040000,1,hello,1,1,1'
bad_csv 'high' '1738400040000,2,1,3,2,1'
bad_csv '-1' '1738400040000,-1,1,-1,1,1'
bad_csv '1000' '1000,1,1,1,1,1'
rm -rf few; mkdir few
zcat raw/KRW-BTC.csv.gz | sed -n 1,50p >few/KRW-BTC.csv
alone prepare small.yaml data.raw=few data.shards=few/shards 'coins=[KRW-BTC]'
expect 3 'KRW-BTC' '49|50'
head -c 3000 raw/KRW-BTC.csv.gz >few/KRW-BTC.csv.gz; rm few/KRW-BTC.csv
alone prepare small.yaml data.raw=few data.shards=few/shards 'coins=[KRW-BTC]'
expect 3 'KRW-BTC.csv.gz'

echo "shards"
ranks 2 train small.yaml data.shards=nowhere run.name=bad; expect 3 'nowhere' 'moneta prepare'; one_message
ranks 2 train small.yaml data.horizon_minutes=30 run.name=bad
expect 3 'horizon_minutes' 'moneta prepare'; one_message
ranks 2 train small.yaml 'coins=[KRW-BTC, KRW-LUNA]' run.name=bad; expect 3 'KRW-LUNA'; one_message
victim=$(ls shards/KRW-XRP/*.h5 | head -1)
mv "$victim" away.h5
ranks 2 train small.yaml run.name=bad; expect 3 'KRW-XRP'; one_message
mv away.h5 "$victim"
ranks 2 train small.yaml train.batch=4000 train.accumulate=10 run.name=bad
expect 4 'train.batch' 'KRW-BTC'
[ ! -e runs/bad/checkpoints/KRW-BTC ] || fail "a coin that never trained has checkpoints"

echo "a damaged shard affects only its coin"
damage "$victim"
ranks 2 train small.yaml run.name=bad train.epochs=2; expect 4 'KRW-XRP' "$victim"
rm -rf runs/bad/checkpoints/KRW-XRP
for coin in KRW-BTC KRW-ETH KRW-SOL KRW-ADA KRW-DOGE KRW-DOT KRW-AVAX; do
  diff -r runs/good/checkpoints/$coin runs/bad/checkpoints/$coin || fail "$coin is not the same"
done
cp shards.good/KRW-XRP/* shards/KRW-XRP/
# The shard of another coin, listed with its correct digest.
was=$(sha256sum <"$victim" | cut -c -64)
cp "${victim/XRP/ETH}" "$victim"
sed -i "/$was/,/bytes/ { s/$was/$(sha256sum <"$victim" | cut -c -64)/
  s/\"bytes\": [0-9]*/\"bytes\": $(stat -c %s "$victim")/ }" shards/manifest.json
ranks 2 train small.yaml run.name=bad3 train.epochs=2; expect 4 "KRW-XRP: .*$victim' has market KRW-ETH"
cmp runs/good/checkpoints/KRW-BTC/000002-000000.safetensors \
    runs/bad3/checkpoints/KRW-BTC/000002-000000.safetensors || fail "KRW-BTC is not the same"
cp shards.good/manifest.json shards/
cp shards.good/KRW-XRP/* shards/KRW-XRP/
truncate -s 2000 "$victim"
ranks 2 train small.yaml run.name=bad2 train.epochs=1; expect 3 'KRW-XRP'; one_message
cp shards.good/KRW-XRP/* shards/KRW-XRP/
alone inspect "$victim"; expect 0 'KRW-XRP'
cp "$victim" $'odd\xff.h5'
alone inspect $'odd\xff.h5'; expect 0 'KRW-XRP' '"manifest": "none"'
cp -r shards linked; mv linked/KRW-XRP away; ln -s ../away linked/KRW-XRP
ranks 2 train small.yaml data.shards=linked run.name=linked
expect 3 'KRW-XRP.* leads out of the folder' 'make the whole folder a link'; one_message
ln -s shards whole
ranks 2 train small.yaml data.shards=whole run.name=linked train.epochs=1; expect 0

echo "checkpoints and runs"
ranks 2 train small.yaml run.name=good model.hidden=16; expect 2 'model.hidden' '8' '16'; one_message
ranks 2 train small.yaml run.name=good run.resume=never; expect 2 'run.resume'; one_message
ranks 2 train small.yaml run.name=new run.resume=always; expect 2 'run.resume'; one_message
last=$(ls runs/good/checkpoints/KRW-DOT/*.safetensors | tail -1)
damage "$last"
alone inspect "$last"; expect 3
ranks 2 train small.yaml run.name=good train.epochs=2; expect 0 'KRW-DOT' "$(basename "$last")"
diff -r good.run/checkpoints/KRW-DOT runs/good/checkpoints/KRW-DOT || fail "the coin did not recover"
truncate -s 5000 "$last"
ranks 2 train small.yaml run.name=good train.epochs=2
expect 0 "KRW-DOT: .*$(basename "$last").* has 5000 bytes" 'KRW-DOT: resumes after epoch 1'
diff -r good.run/checkpoints/KRW-DOT runs/good/checkpoints/KRW-DOT || fail "the coin did not recover"
for file in runs/good/checkpoints/KRW-DOT/*; do damage "$file"; done
cp -r runs/good/checkpoints/KRW-DOT damaged
ranks 2 train small.yaml run.name=good train.epochs=3
expect 4 'KRW-DOT: no checkpoint .*000002-.*is damaged.*000001-.*is damaged' 'Restore the files from copies'
diff -r damaged runs/good/checkpoints/KRW-DOT || fail "the damaged checkpoints were changed"
for coin in KRW-BTC KRW-ETH KRW-XRP KRW-SOL KRW-ADA KRW-DOGE KRW-AVAX; do
  [ -e runs/good/checkpoints/$coin/000003-000000.safetensors ] || fail "$coin did not resume"
done
echo '{' >runs/good/config.json
ranks 2 train small.yaml run.name=good train.epochs=3; expect 3 'runs/good/config.json'; one_message
alone evaluate runs/good; expect 3 'runs/good/config.json'; one_message
cp good.run/config.json runs/good/
echo '{' >runs/good/checkpoints/index.json
ranks 2 train small.yaml run.name=good train.epochs=2; expect 3 'index.json'; one_message

echo "disks"
touch file
ranks 2 train small.yaml run.folder=file/runs; expect 6 "'file'" 'a file of that name'; one_message
alone prepare small.yaml data.shards=file/shards; expect 6 "'file'" 'a file of that name'
alone synth small.yaml data.raw=file/raw; expect 6 "'file'" 'a file of that name'
# Open MPI itself cannot work under such a limit, so training is not tested.
limited 8 synth small.yaml data.raw=full/raw; expect 6 'full/raw/KRW-BTC.csv.gz' 'File too large'
one_message; no_half_file full
limited 100 prepare small.yaml data.shards=full/shards
expect 6 'full/shards/KRW-BTC/2025-01.h5' 'File too large'; one_message; no_half_file full
[ ! -e full/shards/manifest.json ] || fail "a manifest without shards"
alone synth small.yaml data.raw=raw2 run.seed=8; expect 0
limited 100 prepare small.yaml data.raw=raw2; expect 6 'File too large'
diff -r -x .lock -x stamps.json -x quality.json shards.good shards || fail "the existing shards were changed"
if mkdir small.disk && mount -t tmpfs -o size=64k tmpfs small.disk 2>/dev/null; then
  trap 'umount "$work/small.disk"; rm -rf "$work"' EXIT
  ranks 2 train small.yaml run.folder=small.disk train.epochs=2; expect 6 'No space left'
  no_half_file small.disk
  alone prepare small.yaml data.shards=small.disk/shards; expect 6 'No space left'
fi
echo "all bad input was rejected as expected"
