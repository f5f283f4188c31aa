#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Regenerates the seeds of the corpus with the program itself after a format has changed:
#   tests/fuzz/make_corpus.sh [build/moneta]
# Inputs that once revealed a bug are called found-*; they are not changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
MONETA=$(realpath "${1:-$here/../../build/moneta}")
corpus=$here/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1

seed() { mkdir -p "$corpus/$1"; cat >"$corpus/$1/$2"; }  # seed TARGET NAME <BYTES

cat >tiny.yaml <<'END'
run: {name: tiny, folder: runs, seed: 7}
coins: [KRW-BTC, KRW-ETH]
synth: {start: "2025-01-29"}
data: {raw: raw, shards: shards, days: 6, timeframes: {5m: 4, 15m: 2}, stride_minutes: 60}
model: {hidden: 1, layers: 1}
train: {epochs: 3, batch: 8, accumulate: 2, early_stop: {patience: 0}}
device: {kind: cpu, threads: 1}
log: {compress: false}
END
"$MONETA" synth tiny.yaml >out.txt
"$MONETA" prepare tiny.yaml >out.txt
"$MONETA" train tiny.yaml >out.txt 2>&1

for config in "$here"/../../configs/*.yaml tiny.yaml; do
  seed config "$(basename "$config" .yaml)" <"$config"
done
{ cat tiny.yaml; printf '%%%%\nmodel.hidden=512\ncoins=[KRW-BTC]\ndata.timeframes={1m: 60, 5m: 12}\n'
  printf 'alert.webhook_url=https://h.example/x?chat_id=1\ntrain.loss=huber\nplacement=null\n'
  printf 'synth.start=2025-01-31T12:30:00Z\nlog.backup_folder=/mnt/x\n'; } | seed config overrides
zcat raw/KRW-BTC.csv.gz | sed -n 1,30p >few.csv
seed candles plain <few.csv
sed '1s/$/,value/; 2,$s/$/,12.5/' few.csv | head -9 | seed candles with_value
head -9 few.csv | sed 's/$/\r/' | seed candles crlf
seed candles no_row <<<'timestamp,open,high,low,close,volume'
gzip -cn few.csv | seed candles_gz whole
{ head -15 few.csv | gzip -cn; tail -15 few.csv | gzip -cn; } | seed candles_gz two_members
checkpoint=$(ls runs/tiny/checkpoints/KRW-BTC/*-000000.safetensors | tail -1)
seed checkpoint whole <"$checkpoint"
seed safetensors checkpoint <"$checkpoint"
header='{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},'
header+='"b":{"dtype":"BF16","shape":[0],"data_offsets":[24,24]},"c":{"dtype":"I64","shape":[],"data_offsets":[24,32]}}'
{ printf "\\x$(printf %x $((${#header} % 256)))\\x$(printf %x $((${#header} / 256)))\0\0\0\0\0\0"
  printf '%s' "$header"; head -c 32 /dev/zero; } | seed safetensors small
run=runs/tiny
seed index whole <$run/checkpoints/index.json
seed index no_coin <<<'{"format":"moneta-checkpoint-index","version":1,"coins":{}}'
seed manifest whole <shards/manifest.json
sed 's/"compact"/"dense"/; s/\("[0-9]*m"\): [0-9]\{2,\}/\1: 0/' shards/manifest.json | seed manifest dense
cat $run/log/epochs-*.jsonl | seed history plain
cat $run/log/epochs-*.jsonl | gzip -cn | seed history compressed
{ cat $run/status.json; echo %%; cat $run/config.json; echo %%; cat $run/checkpoints/index.json
  echo %%; cat $run/log/epochs-*.jsonl; } | seed run whole
{ sed 's/"finished"/"running"/; s/"phase": "[a-z]*"/"phase": "running"/' $run/status.json
  printf '%%%%\n%%%%\n%%%%\n'; } | seed run running
{ printf '%%%%\n'; cat $run/config.json; echo %%; cat $run/checkpoints/index.json; echo %%
  cat $run/log/epochs-*.jsonl; } | seed run no_status
sed -i "s/$(hostname)/host/g" "$corpus"/run/* "$corpus"/history/plain
echo "$(find "$corpus" -type f | wc -l) inputs, $(du -sb "$corpus" | cut -f1) bytes"
