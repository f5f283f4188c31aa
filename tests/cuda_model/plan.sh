#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# For a table of settings and GPUs, the memory that a run takes at its peak is what it planned, to the byte,
# and `moneta plan` prints the same. Allocations are not rounded up here: what a GPU rounds is not planned.
# Then the same for the models and the optimizer alone, in gpu_report (GPU_REPORT).
. "$(dirname "$0")/lib.sh"
export CUDA_MODEL_GRANULARITY_BYTES=1
# Windows so long that the plan exceeds what is taken before it, when the libraries are warmed up.
common="train.epochs=1 train.accumulate=1 model.layers=3"
lists=('coins=[KRW-BTC,KRW-ETH]' 'data.timeframes={1m: 160, 5m: 48}')
market $small $common "${lists[@]}"
settings=0

# total: what `moneta plan` printed in out.txt, in MiB.
total() { sed -n 's/^ *total *\([0-9,.]*\) MiB *of.*/\1/p' out.txt | head -1 | tr -d ,; }

# planned NAME [ARGUMENTS...]: sets $mib to the total of `moneta plan`, rounded down.
planned() {
  local run=$1 printed plan allocated options; shift
  alone plan small.yaml --ranks 1 $small $common "${lists[@]}" run.name="$run" "$@"; expect 0
  printed=$(total)
  mib=${printed%.*}
  on_gpus 1 "$run" $common "${lists[@]}" "$@"; expect 0; clean "$run"
  report plan "runs/$run/log/events-*.jsonl" reports/"$run"-*.json >bytes.txt
  IFS=';' read -r plan allocated options <bytes.txt
  printf '%-13s %11s planned %11s allocated  %s\n' "$run" "$plan" "$allocated" "$options"
  echo "$options" >>options.txt
  [ "$plan" = "$allocated" ] || fail "$run: the plan is $((plan - allocated)) bytes off"
  [ "$printed" = "$(awk -v bytes="$plan" 'BEGIN { printf "%.1f", bytes / 1048576 }')" ] ||
    fail "$run: moneta plan says $printed MiB, but the run planned $plan bytes"
  settings=$((settings + 1))
}

f32='train.precision=f32 model.hidden=24'
planned f32 $f32
all=$mib
# Less and less memory: the plans use one option after the other.
for less in 36 41 47 52 56 60; do
  planned "f32-less-$less" $f32 device.memory_limit_mib=$((all - less))
done
planned bf16 train.precision=bf16 model.hidden=24
CUDA_MODEL_CAPABILITY=8.6 planned bf16-8.6 train.precision=bf16 model.hidden=24
CUDA_MODEL_MEMORY_MIB=81920 planned bf16-80-gib train.precision=bf16 model.hidden=16
for option in 'recompute layers' 'recompute timeframes' 'offload inactive coins' 'keep everything'; do
  grep -q "$option" options.txt || { cat options.txt; fail "no plan of the table has '$option'"; }
done

# models NAME ARGUMENTS...: one update in gpu_report.
models() {
  local name=$1 planned measured; shift
  CUDA_MODEL_SEED=$RANDOM "$GPU_REPORT" --device cuda --batch 16 --accumulate 2 --coins 2 --rows 300 \
    --warmup 1 --updates 1 "$@" >report.json 2>out.txt || { cat out.txt; fail "gpu_report $*"; }
  planned=$(grep -o '"planned_bytes":[0-9]*' report.json | cut -d: -f2)
  measured=$(grep -o '"measured_bytes":[0-9]*' report.json | cut -d: -f2)
  [ "$planned" = "$measured" ] ||
    fail "the models of $name have $measured bytes and $planned were planned"
  settings=$((settings + 1))
}
for precision in f32 bf16; do
  for capability in 8.6 9.0; do
    for recompute in '' --recompute-layers --recompute-timeframes \
      '--recompute-layers --recompute-timeframes'; do
      CUDA_MODEL_CAPABILITY=$capability models "$precision, $capability, $recompute" \
        --precision $precision --hidden 24 --layers 3 --steps 20 9 $recompute
    done
  done
done
models "one layer" --precision f32 --hidden 40 --layers 1 --steps 12
echo "$settings settings: planned bytes are allocated bytes"
