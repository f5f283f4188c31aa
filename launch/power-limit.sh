#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sets the power limit of all NVIDIA GPUs of this machine until it is rebooted:
#   sudo launch/power-limit.sh WATTS     for example 345
# First enables persistence mode, without which the driver resets the limit when no process uses the
# GPU. Changes nothing if WATTS is outside the range of any GPU. Moneta itself never changes a setting
# of a GPU; it only reports GPUs whose limit is not device.expected_power_limit_w.
# Exit status: 0 done, 2 wrong usage, 5 there is no GPU or the driver refuses.
set -uo pipefail
usage() { sed -n '3,8s/^# \{0,1\}//p' "$0"; }
fail() { echo "power-limit.sh: $2" >&2; exit "$1"; }

case ${1:-} in -h|--help) usage; exit ;; esac
[ $# = 1 ] || { usage >&2; exit 2; }
watts=$1
[[ $watts =~ ^[0-9]{1,5}(\.[0-9]{1,2})?$ ]] ||
  fail 2 "'$watts' is not a number of watts. Try: sudo launch/power-limit.sh 345"
command -v nvidia-smi >/dev/null ||
  fail 5 "there is no nvidia-smi (the NVIDIA driver is not installed), so there is no limit to set"

query() { nvidia-smi --query-gpu=index,power.min_limit,power.max_limit,power.limit,name --format=csv,noheader,nounits; }
cards=$(query 2>&1) || fail 5 "nvidia-smi fails ($cards). Is the driver loaded?"
[[ $cards =~ [^[:space:]] ]] || fail 5 "nvidia-smi lists no GPU, so there is no limit to set"

# in_range LOW VALUE HIGH
in_range() { LC_ALL=C awk -v low="$1" -v value="$2" -v high="$3" 'BEGIN { exit !(low <= value && value <= high) }'; }
number='^[0-9]+(\.[0-9]+)?$'
while IFS=, read -r index low high now name; do
  index=${index// /} low=${low// /} high=${high// /} name=${name# }
  [[ $index =~ ^[0-9]+$ ]] || fail 5 "nvidia-smi prints '$index,$low,$high,$now', which is not a list of GPUs"
  [[ $low =~ $number && $high =~ $number ]] ||
    fail 5 "the power limit of GPU $index ($name) cannot be set (nvidia-smi reports a range from '$low' to '$high'); nothing was changed"
  in_range "$low" "$watts" "$high" ||
    fail 2 "GPU $index ($name) accepts $low to $high W, not $watts W; nothing was changed"
done <<<"$cards"

answer=$(nvidia-smi -pm 1 2>&1) ||
  fail 5 "persistence mode cannot be enabled ($answer). Run it as root: sudo launch/power-limit.sh $watts"
echo "persistence mode: on"
while IFS=, read -r index low high now name; do
  index=${index// /} now=${now// /} name=${name# }
  answer=$(nvidia-smi -i "$index" -pl "$watts" 2>&1) ||
    fail 5 "the power limit of GPU $index ($name) cannot be set ($answer). Run it as root: sudo launch/power-limit.sh $watts"
  echo "GPU $index ($name): $now W -> $watts W"
done <<<"$cards"

# The result is what the driver reports afterwards.
cards=$(query 2>&1) || fail 5 "nvidia-smi fails ($cards), so it is not known whether the limits are set"
while IFS=, read -r index low high now name; do
  index=${index// /} now=${now// /} name=${name# }
  [[ $now =~ $number ]] && in_range "$(LC_ALL=C awk "BEGIN { print $watts - 1 }")" "$now" "$(LC_ALL=C awk "BEGIN { print $watts + 1 }")" ||
    fail 5 "GPU $index ($name) still has a limit of '$now' W"
done <<<"$cards"
echo "done; a reboot undoes it"
