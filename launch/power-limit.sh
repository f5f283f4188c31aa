#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sets the power limit of all NVIDIA GPUs of this machine, until it restarts:
#   sudo launch/power-limit.sh WATTS     345, for example
# Turns persistence mode on first, without which the driver forgets the limit when nobody uses the
# card. Changes nothing if WATTS is not between what every card allows. Moneta itself never sets
# anything: it only reports cards whose limit is not device.expected_power_limit_w.
# Exit status: 0 done, 2 wrong usage, 5 no GPU or the driver refuses.
set -uo pipefail
usage() { sed -n '3,8s/^# \{0,1\}//p' "$0"; }
fail() { echo "power-limit.sh: $2" >&2; exit "$1"; }

case ${1:-} in -h|--help) usage; exit ;; esac
[ $# = 1 ] || { usage >&2; exit 2; }
watts=$1
[[ $watts =~ ^[0-9]{1,5}(\.[0-9]{1,2})?$ ]] ||
  fail 2 "'$watts' is no number of watts. Try: sudo launch/power-limit.sh 345"
command -v nvidia-smi >/dev/null ||
  fail 5 "there is no nvidia-smi (no driver of NVIDIA is installed), so there is no limit to set"

query() { nvidia-smi --query-gpu=index,power.min_limit,power.max_limit,power.limit,name --format=csv,noheader,nounits; }
cards=$(query 2>&1) || fail 5 "nvidia-smi fails ($cards). Is the driver loaded?"
[[ $cards =~ [^[:space:]] ]] || fail 5 "nvidia-smi lists no GPU, so there is no limit to set"

# in_range LOW VALUE HIGH
in_range() { LC_ALL=C awk -v low="$1" -v value="$2" -v high="$3" 'BEGIN { exit !(low <= value && value <= high) }'; }
number='^[0-9]+(\.[0-9]+)?$'
while IFS=, read -r index low high now name; do
  index=${index// /} low=${low// /} high=${high// /} name=${name# }
  [[ $index =~ ^[0-9]+$ ]] || fail 5 "nvidia-smi answers '$index,$low,$high,$now', which is no list of GPUs"
  [[ $low =~ $number && $high =~ $number ]] ||
    fail 5 "GPU $index ($name) lets nobody set its power limit (nvidia-smi says from '$low' to '$high'); nothing was changed"
  in_range "$low" "$watts" "$high" ||
    fail 2 "GPU $index ($name) takes from $low to $high W, not $watts W; nothing was changed"
done <<<"$cards"

answer=$(nvidia-smi -pm 1 2>&1) ||
  fail 5 "persistence mode cannot be turned on ($answer). Run it as root: sudo launch/power-limit.sh $watts"
echo "persistence mode: on"
while IFS=, read -r index low high now name; do
  index=${index// /} now=${now// /} name=${name# }
  answer=$(nvidia-smi -i "$index" -pl "$watts" 2>&1) ||
    fail 5 "the power limit of GPU $index ($name) cannot be set ($answer). Run it as root: sudo launch/power-limit.sh $watts"
  echo "GPU $index ($name): $now W -> $watts W"
done <<<"$cards"

# What the driver says afterwards counts.
cards=$(query 2>&1) || fail 5 "nvidia-smi fails ($cards), so whether the limits are set is not known"
while IFS=, read -r index low high now name; do
  index=${index// /} now=${now// /} name=${name# }
  [[ $now =~ $number ]] && in_range "$(LC_ALL=C awk "BEGIN { print $watts - 1 }")" "$now" "$(LC_ALL=C awk "BEGIN { print $watts + 1 }")" ||
    fail 5 "GPU $index ($name) has a limit of '$now' W all the same"
done <<<"$cards"
echo "done; a restart of the machine undoes it"
