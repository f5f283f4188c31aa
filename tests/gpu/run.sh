#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs all checks and measurements that need a GPU, on the machine that has it:
#   tests/gpu/run.sh PROGRAMS RESULT.json [PHASE...]
# PROGRAMS is the build folder of a build with CUDA, or one folder with moneta, gpu_report and the
# tests of backend, model, optim and train. The only other requirements are the driver, the CUDA,
# cuDNN and NCCL libraries, and mpirun. Phases, in the order in which they tell most on a new GPU: sizes
# tests precision speed memory curves long persistent; all by default. Each takes less than 10 minutes
# and replaces its own part of RESULT.json, which is written after every measurement.
# Fails if RESULT.json then contains a problem. Environment:
#   COMMIT         the commit that was built
#   PYTHON         Python 3 (python3); if it has PyTorch, PyTorch is measured with the same settings
#   DEVICE         cuda, or cpu: small sizes, to verify that this script works
#   LONG_SECONDS   duration of training in the phase long (480)
#   PHASE_SECONDS  time limit of a phase (585)
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n '3,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
programs=$(realpath "$1")
result=$(realpath -m "$2"); shift 2
[ $# -gt 0 ] || set -- sizes tests precision speed memory curves long persistent
export DEVICE=${DEVICE:-cuda} COMMIT=${COMMIT:-unknown}
python=${PYTHON:-python3}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export MONETA_TESTS=$here/.. CUBLAS_WORKSPACE_CONFIG=:4096:8
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
: >"$work/lines.json"
has_torch=no
"$python" -c 'import importlib.util, sys; sys.exit(not importlib.util.find_spec("torch"))' && has_torch=yes

# program NAME: its path in the build folder or in the folder of programs.
program() {
  local path
  for path in "$programs"/tests/*/"$1"; do [ ! -x "$path" ] || { echo "$path"; return; }; done
  echo "$programs/$1"
}

# collect: adds the results so far to RESULT.json, so that little is lost if the machine is lost.
collect() { "$python" "$here/collect.py" "$work" "$result"; }

# record NAME KEY VALUE: adds one line for this phase; the value of `figures` is JSON, that of `error` text.
record() {
  printf %s "$3" | "$python" -c 'import json, sys
(phase, name, key), value = sys.argv[1:], sys.stdin.read()
print(json.dumps({"phase": phase, "name": name, key: value if key == "error" else json.loads(value)}))' \
    "$phase" "$1" "$2" | tee -a "$work/lines.json" | cut -c1-300
  collect >/dev/null 2>&1
}

# within COMMAND...: runs the command; ends it after $limit seconds or when the phase's time is up.
within() {
  local left=$((phase_end - SECONDS))
  [ $left -ge 5 ] || { echo "there was no time left for it" >&2; return 1; }
  timeout -k 10 $((left < limit ? left : limit)) "$@"
}

# measure NAME COMMAND...: records the command's JSON line, or that it failed.
measure() {
  local name=$1 line status; shift
  line=$(within "$@" 2>"$work/error.txt" </dev/null | tail -1)
  status=$?
  case $status$line in
    0{*) record "$name" figures "$line" ;;
    *) record "$name" error "exit status $status: $(tail -c 600 "$work/error.txt")"; return 1 ;;
  esac
}

# What cuDNN reports for its layers, against the formulas for GPUs that are not present.
phase_sizes() {
  local precision
  for precision in $size_precisions; do
    measure sizes "$(program gpu_report)" --device "$DEVICE" $speed_size --steps $one_step \
      --precision $precision --sizes
  done
}

# The persistent algorithm may never end, so its tests come last.
phase_tests() {
  local name tool sanitizer filter='*Cuda*:-*Persistent*:*LongMemory*'
  [ "$DEVICE" = cuda ] || filter='*CpuOneThread*Common*:*Late_kept*'
  for name in backend_tests model_tests optim_tests train_tests; do
    within "$(program $name)" --gtest_filter="$filter" --gtest_output="json:$work/$name.json" \
      >"$work/$name.txt" 2>&1 || record $name error "$(tail -5 "$work/$name.txt")"
    collect >/dev/null 2>&1
  done
  [ "$DEVICE" = cuda ] || return
  sanitizer=$(PATH=$PATH:$(printf %s: /usr/local/cuda*/bin) command -v compute-sanitizer) ||
    { record compute-sanitizer error "it is not installed on this machine"; return; }
  local ours  # races are checked only in our kernels: library kernels synchronize in their own ways
  for tool in memcheck racecheck; do
    ours=; [ $tool = memcheck ] || ours=--kernel-regex=kns=moneta
    if within "$sanitizer" --tool $tool $ours --error-exitcode 1 "$(program backend_tests)" \
      --gtest_filter='*Cuda*Common:*Cuda*AllSizesOne:*Operations.*/Cuda' >"$work/$tool.txt" 2>&1; then
      record $tool figures "{\"says\": \"$(tail -1 "$work/$tool.txt" | tr -d '"\\')\"}"
    else
      record $tool error "$(tail -5 "$work/$tool.txt")"
    fi
  done
}

# Errors of a layer that remembers for 240 steps, in every precision, against the reference in double.
phase_precision() {
  local backend=Cuda
  [ "$DEVICE" = cuda ] || backend=CpuOneThread
  if within "$(program backend_tests)" --gtest_filter="*LongMemory*/$backend" \
    --gtest_output="json:$work/long_memory.json" >"$work/long_memory.txt" 2>&1; then
    measure long-memory "$python" "$here/properties.py" "$work/long_memory.json"
  else
    record long-memory error "$(tail -5 "$work/long_memory.txt")"
  fi
}

phase_speed() {
  local cut best precision all="$(program gpu_report) --device $DEVICE $speed_size"
  local ours="$all --steps $one_step"
  for cut in $cuts; do measure moneta $ours --precision bf16 $(cut_of $cut) --parts; done
  for precision in $other_precisions; do
    measure moneta $ours --precision $precision $(cut_of $middle_cut) --parts
  done
  measure moneta-three-timeframes $all --steps $three_steps $(cut_of $small_cut) --parts
  measure moneta-recompute $ours $(cut_of $middle_cut) --recompute-layers
  measure moneta-recompute $all --steps $three_steps $(cut_of $small_cut) --recompute-layers \
    --recompute-timeframes
  for cut in $small_cut $middle_cut; do measure moneta-graph $ours $(cut_of $cut) --graph; done
  [ $has_torch = yes ] || return
  local theirs="$python $here/../bench/torch_trainer.py --device $DEVICE $torch_size"
  for precision in $torch_precisions; do
    measure pytorch $theirs --precision $precision $(cut_of $middle_cut)
  done
  best=$("$python" "$here/collect.py" --best-peer "$work") || return
  for cut in $cuts; do
    [ "$cut" = $middle_cut ] || measure pytorch $theirs --precision "$best" $(cut_of $cut)
  done
  measure matmul-rate "$python" "$here/matmul_rate.py" "$DEVICE" $matmul_size
}

# cuDNN's persistent algorithm: benchmarked in a child process with a deadline, and then tested, where
# nothing is lost if it never ends.
phase_persistent() {
  local name=persistent-tests
  measure moneta-persistent "$(program gpu_report)" --device "$DEVICE" $speed_size --steps $one_step \
    --precision bf16 $(cut_of $small_cut) --persistent
  [ "$DEVICE" = cuda ] || return
  if within "$(program backend_tests)" --gtest_filter='*Cuda*Persistent*' >"$work/$name.txt" 2>&1; then
    record $name figures "{\"says\": \"$(tail -1 "$work/$name.txt" | tr -d '"\\')\"}"
  else
    record $name error "$(tail -5 "$work/$name.txt")"
  fi
}

# cut_of NxA: the options for N sequences at a time, A times per update.
cut_of() { echo "--batch ${1%x*} --accumulate ${1#*x}"; }

. "$here/sizes.sh"
. "$here/training.sh"
"$python" "$here/collect.py" --check "$result" || exit 2
for phase in "$@"; do
  declare -F "phase_$phase" >/dev/null ||
    { echo "there is no phase '$phase'. Take sizes, tests, precision, speed, memory, curves, long or persistent?" >&2; exit 2; }
done
for phase in "$@"; do
  echo "== $phase"
  echo "$phase" >>"$work/phases.txt"
  phase_end=$((SECONDS + ${PHASE_SECONDS:-585})) limit=300
  "phase_$phase"
done
collect
