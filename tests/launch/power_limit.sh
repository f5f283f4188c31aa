#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# launch/power-limit.sh with a stand-in for nvidia-smi.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
script=$here/../../launch/power-limit.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CARDS=$folder/cards
failures=0

# check STATUS TEXT CALLS ARGUMENT...: runs the script; CALLS are the settings that it made, separated by ";".
check() {
  local wanted=$1 text=$2 calls=$3 status=0 out made
  shift 3
  rm -f "$CARDS.calls"
  out=$(PATH="$path" "$BASH" "$script" "$@" 2>&1) || status=$?
  made=$([ ! -f "$CARDS.calls" ] || paste -sd';' "$CARDS.calls")
  if [ "$status" != "$wanted" ] || [[ $out != *"$text"* ]] || [ "$made" != "$calls" ]; then
    printf 'power-limit.sh %s\n  status %s, wanted %s\n  made: %s, wanted: %s\n  wanted text: %s\n%s\n' \
      "$*" "$status" "$wanted" "$made" "$calls" "$text" "$out"
    failures=$((failures + 1))
  fi
}
cards() { printf '%s\n' "$@" >"$CARDS"; }
two() { cards '0, 100.00, 400.00, 350.00, NVIDIA GeForce RTX 3090' '1, 100.00, 366.00, 350.00, NVIDIA GeForce RTX 3090'; }

path=$here:$PATH
two
both='-pm 1;-i 0 -pl 345;-i 1 -pl 345'
check 0 'GPU 1 (NVIDIA GeForce RTX 3090): 350.00 W -> 345 W' "$both" 345
check 0 'GPU 0 (NVIDIA GeForce RTX 3090): 345 W -> 345 W' "$both" 345
check 0 'persistence mode: on' '-pm 1;-i 0 -pl 345.5;-i 1 -pl 345.5' 345.5
check 0 'done' '-pm 1;-i 0 -pl 100;-i 1 -pl 100' 100
check 0 'done' '-pm 1;-i 0 -pl 366;-i 1 -pl 366' 366
two
check 2 'GPU 1 (NVIDIA GeForce RTX 3090) accepts 100.00 to 366.00 W, not 367 W; nothing was changed' '' 367
check 2 'GPU 0 (NVIDIA GeForce RTX 3090) accepts 100.00 to 400.00 W, not 99.9 W; nothing was changed' '' 99.9
for nonsense in '' watts -345 345W 3e2 ' 345' '345;ls' 1234567 345.; do
  check 2 "'$nonsense' is not a number of watts" '' "$nonsense"
done
check 2 'power-limit.sh WATTS' ''
check 2 'power-limit.sh WATTS' '' 345 345
check 0 'power-limit.sh WATTS' '' --help
FAILS=-pm; export FAILS
check 5 'persistence mode cannot be enabled (Insufficient Permissions). Run it as root' '' 345
FAILS=-pl
check 5 'the power limit of GPU 0 (NVIDIA GeForce RTX 3090) cannot be set (Insufficient Permissions)' '-pm 1' 345
FAILS=--format=csv,noheader,nounits
check 5 'nvidia-smi fails (Insufficient Permissions). Is the driver loaded?' '' 345
unset FAILS
export IGNORES=1
check 5 "GPU 0 (NVIDIA GeForce RTX 3090) still has a limit of '350.00' W" "$both" 345
unset IGNORES
cards '0, [N/A], [N/A], [N/A], NVIDIA GeForce GTX 1050'
check 5 "the power limit of GPU 0 (NVIDIA GeForce GTX 1050) cannot be set (nvidia-smi reports a range from '[N/A]' to '[N/A]'); nothing was changed" '' 345
cards ''
check 5 'nvidia-smi lists no GPU' '' 345
cards 'No devices were found'
check 5 'which is not a list of GPUs' '' 345

# A machine without a driver: the tools that the script needs, but no nvidia-smi.
mkdir "$folder/bin"
for tool in sed awk; do ln -s "$(command -v $tool)" "$folder/bin/$tool"; done
path=$folder/bin
check 5 'there is no nvidia-smi (the NVIDIA driver is not installed)' '' 345
[ $failures = 0 ] || { echo "$failures checks failed"; exit 1; }
echo "all checks passed"
