#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, checks the format, and runs every test.
#   launch/test.sh               all tests, in their short form
#   launch/test.sh --long        campaigns (stops, kills, damaged files) in their long form
#   launch/test.sh --sanitize    all layers, and a run of two ranks, under AddressSanitizer and UBSan
#   launch/test.sh --sanitize=thread   what has threads under ThreadSanitizer
#   launch/test.sh -R market     arguments after these go to ctest
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$here/../build
build=(--tests) tests=()
while [ $# -gt 0 ]; do
  case $1 in
    --long) export MONETA_LONG=1 ;;
    --sanitize)
      folder=$here/../build-sanitize
      build+=(--sanitize)
      tests=(-R '\.all$|^mpi\.(comm|train|run_out|one_coin)\.2$|^mpi\.sanitized$|^bench\.training$|^gpu\.report$')
      export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1
      ;;
    --sanitize=thread)
      folder=$here/../build-thread
      build+=(--sanitize=thread)
      tests=(-R '^(base|checkpoint|telemetry|train)\.all$|^mpi\.(comm\.2|sanitized)$')
      # g++'s OpenMP is not known to ThreadSanitizer: its loops run in one thread.
      export OMP_NUM_THREADS=1
      export TSAN_OPTIONS="suppressions=$here/../tests/support/tsan.supp second_deadlock_stack=1"
      ;;
    --help) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit ;;
    *) break ;;
  esac
  shift
done
bash "$here/build.sh" "${build[@]}"
find "$here/../src" "$here/../tests" \( -name '*.cc' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' \) \
  -print0 | xargs -0 clang-format-14 --dry-run -Werror
[ "$folder" != "$here/../build" ] || bash "$here/../tests/fuzz/run.sh" --build || [ $? = 77 ]
cd "$folder"
# One more than there are cores, because some tests mostly wait.
exec ctest --output-on-failure --parallel $(($(nproc) + 1)) "${tests[@]}" "$@"
