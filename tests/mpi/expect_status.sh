#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# expect_status.sh STATUS COMMAND...: succeeds if the command ends with exactly this exit status.
expected=$1
shift
"$@"
status=$?
[ "$status" -eq "$expected" ] && exit 0
echo "exit status $status, expected $expected: $*" >&2
exit 1
