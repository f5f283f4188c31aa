# SPDX-License-Identifier: Apache-2.0
# Shared by the tests that run the program as its users do. Sourced with MONETA (the program) and TESTS
# (tests/ of this repository) set. Changes to a fresh folder that is removed at the end.
set -euo pipefail
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_btl_base_warn_component_unused=0 OMPI_MCA_mpi_yield_when_idle=1
export OMP_NUM_THREADS=1

limit_s=120  # for one start of the program

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
# mpirun of Open MPI removes the session folder that all jobs of a user share when it looks empty. A job
# that is just starting then ends with status 1.
export OMPI_MCA_orte_tmpdir_base=$work

fail() { echo "FAILED: $*" >&2; exit 1; }

# ranks N ARGUMENTS...: runs moneta under mpirun, with its output in out.txt. Never fails; sets $status.
ranks() {
  local count=$1; shift
  status=0
  timeout "$limit_s" mpirun --quiet -np "$count" "$MONETA" "$@" >out.txt 2>&1 || status=$?
}

# alone ARGUMENTS...: the same without mpirun.
alone() {
  status=0
  timeout "$limit_s" "$MONETA" "$@" >out.txt 2>&1 || status=$?
}

# limited KIB ARGUMENTS...: like alone, but no file can grow beyond KIB KiB: a full disk, even for root.
limited() {
  local kib=$1; shift
  status=0
  (ulimit -f "$kib"; exec timeout "$limit_s" "$MONETA" "$@") >out.txt 2>&1 || status=$?
}

# expect STATUS [PATTERN...]: the last command had this status and printed every pattern (grep -E).
expect() {
  local wanted=$1; shift
  [ "$status" = "$wanted" ] || { cat out.txt; fail "exit status $status instead of $wanted"; }
  local pattern
  for pattern in "$@"; do
    grep -Eq -- "$pattern" out.txt || { cat out.txt; fail "the output lacks '$pattern'"; }
  done
}

# one_message: one error line for any number of ranks, and no sign of a crash.
one_message() {
  [ "$(grep -c 'moneta: error' out.txt)" = 1 ] || { cat out.txt; fail "not one error message"; }
  ! grep -q 'terminate called\|Segmentation\|what()' out.txt || { cat out.txt; fail "a traceback"; }
}

# no_half_file FOLDER...: the folders contain no temporary file.
no_half_file() {
  [ -z "$(find "$@" -name '*.tmp')" ] || { find "$@" -name '*.tmp'; fail "an incomplete file is left"; }
}

# damage FILE: flips the bits of one byte.
damage() {
  local byte
  byte=$(od -An -tu1 -j9000 -N1 "$1")
  printf "\\x$(printf %x $((byte ^ 255)))" | dd of="$1" bs=1 seek=9000 conv=notrunc status=none
}

# market [key=value...]: creates raw candles and shards for small.yaml in the current folder.
market() {
  cp "$TESTS/system/small.yaml" .
  alone synth small.yaml "$@"; expect 0
  alone prepare small.yaml "$@"; expect 0
}

# same_checkpoints A B: the runs A and B have the same checkpoint files, byte for byte.
same_checkpoints() {
  diff -r "$1/checkpoints" "$2/checkpoints" >diff.txt ||
    { cat diff.txt; fail "the checkpoints of $1 and $2 differ"; }
}

# wait_for N PATTERN FILE: waits until FILE has N lines that match, at most 60 s.
wait_for() {
  local tries
  for tries in $(seq 600); do
    [ "$(cat $3 2>/dev/null | grep -c -- "$2" || true)" -ge "$1" ] && return
    sleep 0.1
  done
  fail "no $1 lines with '$2' in $3"
}
