#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# expect_status.sh STATUS COMMAND...: succeeds if the command ends with exactly this exit status.
expected=$1
shift
# mpirun removes the session folder that all jobs of a user share when it looks empty, even if another
# job is just starting.
OMPI_MCA_orte_tmpdir_base=$(mktemp -d) || exit 1
export OMPI_MCA_orte_tmpdir_base
"$@"
status=$?
rm -rf "$OMPI_MCA_orte_tmpdir_base"
[ "$status" -eq "$expected" ] && exit 0
echo "exit status $status, expected $expected: $*" >&2
exit 1
