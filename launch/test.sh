#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, checks the format, and runs every test.
#   launch/test.sh               all tests, in their short form
#   launch/test.sh --long        campaigns (stops, damaged files) in their long form
#   launch/test.sh --sanitize    under AddressSanitizer and UBSan, without the tests of mpirun and
#                                fuzz.all, which has them anyway
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
      build+=(--sanitize) tests=(-E '^mpi\.|^fuzz\.all')
      export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1
      ;;
    --help) sed -n '3,8s/^# \{0,1\}//p' "$0"; exit ;;
    *) break ;;
  esac
  shift
done
bash "$here/build.sh" "${build[@]}"
find "$here/../src" "$here/../tests" \( -name '*.cc' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' \) \
  -print0 | xargs -0 clang-format-14 --dry-run -Werror
bash "$here/../tests/fuzz/run.sh" --build || [ $? = 77 ]
cd "$folder"
exec ctest --output-on-failure --parallel "$(nproc)" "${tests[@]}" "$@"
