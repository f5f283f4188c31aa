#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures the figures that README quotes. Needs a build; also measures PyTorch if PYTHON names an
# interpreter that has it.
#   tests/bench/run.sh prepare          8 coins x 365 days of artificial minutes
#   tests/bench/run.sh training         sequences/s, alternating with PyTorch on the same settings
#   tests/bench/run.sh telemetry        the cost of logs, metrics, alerts and monitors; see paired_cost.sh
#   tests/bench/run.sh checkpoints      the cost of a checkpoint
# Environment: BUILD (build folder), PYTHON, ROUNDS (3), THREADS (2)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
python=${PYTHON:-python3}
rounds=${ROUNDS:-3}
threads=${THREADS:-2}

prepare() {
  local work; work=$(mktemp -d); trap "rm -rf '$work'" EXIT
  cd "$work"
  cat >year.yaml <<YAML
run: {name: year}
data: {raw: raw, shards: shards, days: 365}
YAML
  "$build/moneta" synth year.yaml
  local start end; start=$(date +%s.%N)
  /usr/bin/env time -f 'peak memory %M KiB, %e s wall, %U s user, %S s system' \
    "$build/moneta" prepare year.yaml
  end=$(date +%s.%N)
  awk -v a="$start" -v b="$end" 'BEGIN { s = b - a; n = 8 * 365 * 1440;
    printf "%d minutes in %.1f s: %.0f rows/s\n", n, s, n / s }'
  du -sh raw shards
}

# Runs a program once; prints its JSON line, or why there is none, and adds it to the list.
measure() { timeout 600 "$@" 2>&1 | tail -1 | tee -a "$lines"; }

training() {
  lines=$(mktemp); trap 'rm -f "$lines"' EXIT
  local has_torch=no
  "$python" -c 'import torch' 2>/dev/null && has_torch=yes
  [ $has_torch = yes ] || echo "no PyTorch in $python: our figures only"
  local setting hidden batch steps round precision trainer=$build/tests/bench/bench_training
  [ -x "$trainer" ] || trainer=$build/bench_training  # in a folder of programs
  for setting in "128 64 60" "128 64 240" "256 128 60" "256 128 240"; do
    read -r hidden batch steps <<<"$setting"
    for round in $(seq "$rounds"); do
      for precision in f32 bf16; do
        measure "$trainer" --hidden "$hidden" --batch "$batch" --steps "$steps" \
          --precision $precision --threads "$threads" --updates 5 --warmup 1 || true
        [ $has_torch = yes ] || continue
        measure "$python" "$here/torch_trainer.py" --device cpu --precision "${precision/f32/fp32}" \
          --layers 2 --hidden "$hidden" --timeframes "1m:$steps" --batch "$batch" --accumulate 1 \
          --coins 1 --updates 5 --warmup 1 --threads "$threads" || true
      done
    done
  done
  python3 "$here/compare.py" <"$lines"
}
case ${1:-} in
  prepare | training) "$1" ;;
  telemetry | checkpoints) BUILD=$build PYTHON=$python exec bash "$here/paired_cost.sh" "$1" ;;
  *) sed -n '3,11p' "$0"; exit 2 ;;
esac
