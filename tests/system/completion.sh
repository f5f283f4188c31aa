#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completion in a bash that somebody types in.
. "$(dirname "$0")/lib.sh"
command -v script >/dev/null || fail "script (of util-linux or bsdutils) is not here"
mkdir -p configs runs/demo && touch configs/quick.yaml configs/README.md runs/demo/status.json
"$MONETA" completion bash >completion.bash
bash -n completion.bash || fail "the script is no bash"
alone completion fish; expect 2 'bash'

# A function in the program's place says what it was called with; \t is the key that completes.
printf '%s\n' 'moneta() { echo "called: $*"; }' 'source completion.bash' >bashrc
{
  printf 'moneta tr\tconf\t\tdevice.kind=cu\t\n'
  printf 'moneta train configs/quick.yaml model.hid\t512\n'
  printf 'moneta sta\trun\td\t\n'
  printf 'build/moneta evaluate runs/demo --check\tbe\t\n'
  printf 'exit\n'
} | script -q -c "bash --noprofile --rcfile bashrc -i" typed.txt >/dev/null
sed -i 's/\r//g' typed.txt
for call in 'train configs/quick.yaml device.kind=cuda' 'train configs/quick.yaml model.hidden=512' \
  'status runs/demo/'; do
  grep -q "called: $call\$" typed.txt || { cat -v typed.txt; fail "'$call' was not completed"; }
done
grep -q 'build/moneta evaluate runs/demo --checkpoint best ' typed.txt ||
  { cat -v typed.txt; fail "a program in a folder is not completed"; }
