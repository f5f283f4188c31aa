#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# man_page.sh MONETA OUTPUT: writes the compressed man page of the program, from the help of the program
# and of its commands. Needs help2man.
set -euo pipefail
export LC_ALL=C.UTF-8
moneta=$1 output=$2
commands=$(mktemp)
trap 'rm -f "$commands"' EXIT
{
  echo '[commands]'
  "$moneta" __complete '' | tail -n +2 | while read -r command; do
    printf '.SS "moneta %s"\n.nf\n' "$command"
    "$moneta" "$command" --help | sed "s/\\\\/\\\\e/g; s/-/\\\\-/g; s/^[.']/\\\\\&&/"
    echo .fi
  done
} >"$commands"
help2man --no-info --name='train LSTM forecasters on minute candles, many coins at once' \
  --include="$commands" "$moneta" |
  sed '/^\.SS "Start with:"/,/^\.PP/{s/^\.IP$/&\n.nf/; s/^\.PP$/.fi\n&/}' | gzip -9n >"$output"
