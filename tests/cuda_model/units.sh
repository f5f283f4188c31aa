#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All tests of the CUDA backend (*Cuda*) on the model, once in each order of the streams that the model
# knows, with random seeds. A process must end without misuse and leave nothing behind. PROGRAMS are the
# test programs.
. "$(dirname "$0")/lib.sh"
export CUDA_MODEL_DEVICES=2 models PYTHON
orders=4  # the order is the seed modulo this, see settings.h
first=$RANDOM

# test_program SEED PROGRAM: runs its tests; prints only failures and one line for the log.
test_program() {
  local seed=$1 program=$2 name start=$SECONDS
  name=$(basename "$program")-$seed
  if ! CUDA_MODEL_SEED=$seed CUDA_MODEL_STRICT_LEAKS=1 CUDA_MODEL_REPORT=$PWD/reports/$name.json \
    "$program" --gtest_filter='*Cuda*' >"$name.txt" 2>&1; then
    tail -60 "$name.txt"
    echo "FAILED: CUDA_MODEL_SEED=$seed $program --gtest_filter='*Cuda*'" >&2
    return 1
  fi
  # Only what the model refuses may be skipped, see REFUSED.md.
  if grep -A1 ': Skipped$' "$name.txt" | grep -v ': Skipped$\|^--$\|not supported by this GPU and cuDNN'
  then
    echo "FAILED: $name skipped tests" >&2
    return 1
  fi
  # A program without such tests never opens a device, and has nothing to report.
  [ ! -e reports/"$name".json ] || "$PYTHON" "$models/read_report.py" check reports/"$name".json || return 1
  echo "$name: $(grep -o 'PASSED.*' "$name.txt" || echo 'no tests') in $((SECONDS - start)) s"
}
export -f test_program

# The programs in PROGRAMS come with the longest first.
for program in $PROGRAMS; do
  for order in $(seq 0 $((orders - 1))); do echo "$((first + order)) $program"; done
done | xargs -P 2 -L 1 bash -c 'test_program "$@"' bash || fail "a test failed on the model"
