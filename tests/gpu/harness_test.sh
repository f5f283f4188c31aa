#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Verifies on the CPU that run.sh works, before a GPU is available: every phase in its small form, in
# two calls whose results are combined, and the arguments that it must reject. Environment: PROGRAMS
# (paths of the programs), PYTHON.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
export DEVICE=cpu COMMIT=tried LONG_SECONDS=${LONG_SECONDS:-6}
mkdir "$work/bin"
for program in $PROGRAMS; do ln -s "$program" "$work/bin/"; done
run() { bash "$here/run.sh" "$work/bin" "$work/result.json" "$@"; }

run sizes tests precision speed
run memory curves long persistent
"$PYTHON" -B "$here/harness_check.py" "$work/result.json" sizes tests precision speed memory curves \
  long persistent
status=0; COMMIT=other run curves 2>"$work/said.txt" || status=$?
[ $status = 2 ] && grep -q 'of commit tried (these are of other)' "$work/said.txt" ||
  fail "figures of another commit were not refused: $(cat "$work/said.txt")"
status=0; run curve 2>"$work/said.txt" || status=$?
[ $status = 2 ] && grep -q "no phase 'curve'" "$work/said.txt" || fail "a wrong phase was not refused"
# A missing program is reported as a problem, and nothing waits forever.
rm "$work/bin/gpu_report"
status=0; run speed >"$work/said.txt" 2>&1 || status=$?
[ $status = 1 ] && grep -q 'moneta: exit status 127' "$work/said.txt" ||
  fail "a missing program was not reported: $(tail -3 "$work/said.txt")"
