#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs missing packages, checks the format, builds, runs clang-tidy and runs the tests:
#   launch/test.sh               all tests in their short form; clang-tidy on what has changed
#   launch/test.sh --long        the long form of the campaigns (stops, kills, damaged files)
#   launch/test.sh --tidy        clang-tidy on everything
#   launch/test.sh --sanitize    all layers and a run of two ranks under AddressSanitizer and UBSan
#   launch/test.sh --sanitize=thread   everything that uses threads under ThreadSanitizer
#   launch/test.sh -R market     any further arguments go to ctest
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$here/../build
build=(--tests) tests=() tidy=()
while [ $# -gt 0 ]; do
  case $1 in
    --long) export MONETA_LONG=1 ;;
    --tidy) tidy=(--all) ;;
    --sanitize)
      folder=$here/../build-sanitize
      build+=(--sanitize)
      tests=(-R '\.all$|^mpi\.(comm|gradient_all_reduce|run_out|one_coin)\.2$|^system\.sanitized$|^bench\.training$|^gpu\.report$')
      export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1
      # Repetitions and sizes that only take minutes here; they run without sanitizers.
      export GTEST_FILTER='-FortyDays.*:PrepareStates.*:*MomentStreamSizes*_12582917'
      ;;
    --sanitize=thread)
      folder=$here/../build-thread
      build+=(--sanitize=thread)
      tests=(-R '^(base|checkpoint|telemetry\.(logging|alerts|monitor|export)|coord|train)\.all$|^mpi\.comm\.2$|^system\.sanitized$')
      # ThreadSanitizer does not know the OpenMP of g++, so its loops run in one thread.
      export OMP_NUM_THREADS=1
      export TSAN_OPTIONS="suppressions=$here/../tests/support/tsan.supp second_deadlock_stack=1"
      ;;
    --help) sed -n '3,10s/^# \{0,1\}//p' "$0"; exit ;;
    *) break ;;
  esac
  shift
done
# The quickest check comes first.
bash "$here/build.sh" "${build[@]}" --install-only
find "$here/../src" "$here/../tests" \( -name '*.cc' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' \) \
  -print0 | xargs -0 clang-format-14 --dry-run -Werror
bash "$here/build.sh" "${build[@]}"
if [ "$folder" = "$here/../build" ]; then
  bash "$here/tidy.sh" "${tidy[@]}"
  bash "$here/../tests/fuzz/run.sh" --build || [ $? = 77 ]
fi
cd "$folder"
# One job more than cores, because some tests mostly wait.
exec ctest --output-on-failure --parallel $(($(nproc) + 1)) "${tests[@]}" "$@"
