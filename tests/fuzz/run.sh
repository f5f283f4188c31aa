#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the fuzz targets with clang in build-fuzz/ and runs them one after another.
#   tests/fuzz/run.sh [SECONDS_PER_TARGET]       default 6; 9600 take a day for all targets
#   TARGETS="config index" tests/fuzz/run.sh 60  some of them
#   SEED=7 tests/fuzz/run.sh                     another sequence; each one is printed
#   tests/fuzz/run.sh --build                    only builds
#   tests/fuzz/run.sh --compiler                 prints the compiler; status 77 if there is none
# Without SECONDS_PER_TARGET it starts from the seeds; otherwise it also starts from the interesting
# inputs that earlier calls kept in build-fuzz/corpus/. An input that reveals a bug is kept in
# build-fuzz/found/ and printed, and the script fails.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
seed=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
build=$root/build-fuzz
seconds=${1:-6}

# Each line: a target, the size of its longest input, and limits on memory in MiB (the largest single
# allocation and the whole process). The longest inputs are longer than any seed, and no parser needs
# more memory than this for them.
limits="
config       16384   8  512
candles      65536   8  512
candles_gz   16384   8  512
safetensors  32768   8  512
checkpoint   32768   8  512
index        32768   8  512
manifest     32768   8  512
history      32768   8  512
run          65536   8  512"

# In memory if possible, because the input of a target is written and read constantly.
scratch=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch

# builds_targets COMPILER: it exists, has libFuzzer, and accepts the headers of the C++ library, which
# clang 14 does not if they are those of g++ 13.
builds_targets() {
  command -v "$1" >/dev/null && "$1" -std=c++20 -fsanitize=fuzzer,address -x c++ - -o "$scratch/probe" \
    2>/dev/null <<<'#include <chrono>
      #include <filesystem>
      extern "C" int LLVMFuzzerTestOneInput(unsigned char const*, decltype(sizeof 0)) { return 0; }'
}
compiler=
for name in clang++-14 clang++ clang++-{15..21}; do
  if builds_targets "$name"; then compiler=$(command -v "$name"); break; fi
done
if [ -z "$compiler" ]; then
  echo "Fuzz targets: off (there is no clang with libFuzzer for this C++ library; Debian 12's packages" \
    "clang-14 and libclang-rt-14-dev have it). The tests fuzz.corpus.* show them the corpus all the same."
  exit 77
fi
[ "$seconds" != --compiler ] || { echo "$compiler"; exit 0; }
[ -f "$build/build.ninja" ] && grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=$compiler\$" "$build/CMakeCache.txt" || {
  rm -rf "$build"/CMake* "$build/build.ninja"
  CC=${compiler/++/} CXX=$compiler cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None \
    -DMONETA_FUZZ=ON >/dev/null
}
cmake --build "$build" --parallel "$(nproc)" --target fuzz_targets >"$build/build.log" ||
  { cat "$build/build.log"; exit 1; }
[ "$seconds" != --build ] || exit 0
export ASAN_OPTIONS=quarantine_size_mb=16:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export TZ=UTC

failed=0
printf '%-12s %12s %9s %9s %9s %11s\n' target executions coverage features corpus seed
while read -r target length largest whole; do
  [ -n "$target" ] || continue
  [[ " ${TARGETS:-$target} " = *" $target "* ]] || continue
  grown=$build/corpus/$target
  [ $# -gt 0 ] || grown=$scratch/corpus
  mkdir -p "$grown" "$build/found"
  dictionary=()
  for file in "$here/dictionaries/$target" "$here/dictionaries/json"; do
    [ ! -f "$file" ] || { dictionary=("-dict=$file"); break; }
  done
  log=$build/found/$target.log
  status=0
  "$build/tests/fuzz/fuzz_$target" -seed="$seed" -max_total_time="$seconds" -timeout=5 \
    -max_len="$length" -malloc_limit_mb="$largest" -rss_limit_mb="$whole" -print_final_stats=1 \
    -artifact_prefix="$build/found/$target-" "${dictionary[@]}" "$grown" \
    "$here/corpus/$target" >"$log" 2>&1 </dev/null || status=$?
  awk -v target="$target" -v seed="$seed" '
    /cov: / { for (i = 1; i < NF; i++) value[$i] = $(i + 1) }
    /stat::number_of_executed_units/ { runs = $2 }
    END { sub("/.*", "", value["corp:"])
      printf "%-12s %12d %9d %9d %9d %11d\n", target, runs, value["cov:"], value["ft:"],
        value["corp:"], seed }' "$log"
  rm -rf "${scratch:?}"/*
  if [ "$status" != 0 ]; then
    failed=1
    grep -m1 -B3 -A25 'FUZZ TARGET FAILED\|runtime error\|ERROR:' "$log" || tail -40 "$log"
    echo "FAILED: $target ended with status $status. The input:" \
      "$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)" >&2
    echo "To repeat: $build/tests/fuzz/fuzz_$target INPUT; its complete output is in $log" >&2
  fi
done <<<"$limits"
[ "$failed" = 0 ] || exit 1
