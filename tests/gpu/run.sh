#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Everything that needs a GPU, in one call on the machine that has it:
#   tests/gpu/run.sh PROGRAMS RESULT.json
# PROGRAMS holds backend_tests, model_tests and gpu_report of a build with CUDA. Beside them only the
# driver and the CUDA libraries are needed. COMMIT names what was built; PYTHON (python3) may have
# PyTorch, which is then measured on the same settings. Fails when a test fails.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 2 ] || { sed -n '3,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
programs=$1 result=$2
python=${PYTHON:-python3}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export MONETA_TESTS=$here/..
export CUBLAS_WORKSPACE_CONFIG=:4096:8
failed=0
: >"$work/lines.json"

for tests in backend_tests model_tests; do
  "$programs/$tests" --gtest_filter='*Cuda*' --gtest_output="json:$work/$tests.json" ||
    { echo "$tests failed" >&2; failed=1; }
done
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck; do
    passed=true
    compute-sanitizer --tool "$tool" --error-exitcode 1 "$programs/backend_tests" \
      --gtest_filter='*Cuda*Common*:*Cuda*OneOfAll*' >"$work/$tool.txt" 2>&1 ||
      { tail -20 "$work/$tool.txt" >&2; passed=false failed=1; }
    echo "{\"name\": \"$tool\", \"passed\": $passed}" >>"$work/lines.json"
  done
fi

# measure NAME COMMAND...: the command's JSON line, or that it failed.
measure() {
  local name=$1 line; shift
  line=$(timeout 300 "$@" 2>"$work/error.txt" | tail -1)
  case $line in
    {*) echo "{\"name\": \"$name\", \"figures\": $line}" ;;
    *) "$python" -c 'import json, sys; print(json.dumps({"name": sys.argv[1], "error": sys.argv[2]}))' \
         "$name" "$(tail -3 "$work/error.txt")" ;;
  esac | tee -a "$work/lines.json"
}

ours="$programs/gpu_report --updates 4"
for precision in bf16 tf32 f32; do measure moneta $ours --precision $precision; done
measure moneta $ours --batch 256 --accumulate 4
measure moneta $ours --batch 512 --accumulate 2
measure moneta $ours --batch 1024 --accumulate 1
measure moneta-three-timeframes $ours --steps 240 144 96 --batch 64 --accumulate 16
measure moneta-recompute $ours --layers-again
measure moneta-recompute $ours --steps 240 144 96 --batch 64 --accumulate 16 --layers-again --timeframes-again
measure moneta-5x1536 $ours --hidden 1536 --layers 5 --batch 64 --accumulate 16 --coins 1
if "$python" -c 'import torch' 2>/dev/null; then
  theirs="$python $here/../bench/torch_trainer.py --updates 4"
  for cut in "128 8" "256 4" "512 2" "1024 1"; do
    measure pytorch $theirs --precision bf16 --batch ${cut% *} --accumulate ${cut#* }
  done
  measure pytorch $theirs --precision fp32
  measure pytorch-5x1536 $theirs --limit-mib 12288 --fraction 0.95 --precision fp32 --hidden 1536 \
    --layers 5
fi

"$python" "$here/collect.py" "$work" "${COMMIT:-unknown}" "$result" || failed=1
exit $failed
