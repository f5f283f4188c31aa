#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Weeks of operation: 400 epochs in several starts over more than 40 days of a moved clock. One start is
# killed, the others are stopped. Then days.py checks every file and prints the folders.
# SEED repeats a test; by default the seed is random. The long form (MONETA_LONG) has a run of 800 epochs
# in each of several time zones, with more kills at random times.
. "$(dirname "$0")/lib.sh"
job=
trap '[ -z "$job" ] || { kill "$job"; wait "$job"; } 2>/dev/null || true; rm -rf "$work"' EXIT
# The session folder of a killed mpirun is removed with the folder of this test.
export TMPDIR=$work OMPI_MCA_btl_vader_backing_directory=$work
# An Omni-Path library that Open MPI would load waits until its clocks agree.
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader OMPI_MCA_mtl=^psm2,ofi OMPI_MCA_osc=^ucx
RANDOM=${SEED:=$(($(date +%s) % 32768))}
echo "seed $SEED"

# A time zone, its rules without tzdata, and a day. The clocks change four days later, except in Seoul.
zones=('Berlin CET-1CEST,M3.5.0,M10.5.0/3 2025-10-22' 'Seoul KST-9 2025-12-28'
       'New_York EST5EDT,M3.2.0,M11.1.0 2026-03-04' 'Berlin CET-1CEST,M3.5.0,M10.5.0/3 2026-03-25'
       'Lord_Howe <+1030>-10:30<+11>-11,M10.1.0,M4.1.0 2026-04-01'
       'Santiago <-04>4<-03>,M9.1.6/24,M4.1.6/24 2026-04-01'
       'Santiago <-04>4<-03>,M9.1.6/24,M4.1.6/24 2026-09-02')
epochs=100 starts=5 days_between_starts=10 days_per_second=2
long=${MONETA_LONG:-}
if [ -n "$long" ]; then epochs=200 starts=8; else zones=("${zones[0]}"); fi
settings=('coins=[KRW-BTC, KRW-ETH, KRW-XRP, KRW-SOL]' model.hidden=4 "train.epochs=$epochs"
          log.compress=true log.keep_days=30 log.backup_folder=backup)
market "${settings[0]}"

moved() { LD_PRELOAD=$MOVED_CLOCK_LIBRARY "$@"; }

# clock SECONDS PACE: sets the moved clock to SECONDS since 1970 and to PACE days per second.
clock() {
  export MOVED_CLOCK
  MOVED_CLOCK="$(date +%s.%N) $1 $(($2 * 86400))"
}

# start: starts the training with the moved clock; $job is its mpirun.
start() {
  mpirun --quiet -np 2 -x LD_PRELOAD="$MOVED_CLOCK_LIBRARY" -x MOVED_CLOCK -x TZ \
    "$MONETA" train small.yaml run.name="$run" "${settings[@]}" >out.txt 2>&1 &
  job=$!
}

# ended: waits for $job, sets $status.
ended() {
  status=0
  { wait "$job" || status=$?; } 2>/dev/null
  job=
}

# end_by WAY: sends USR1 or KILL to mpirun, or KILL to all (KILL_ALL), and waits until no rank is left.
end_by() {
  local ranks rank
  ranks=$(pgrep -P "$job" || true)
  case $1 in
    KILL_ALL) kill -KILL "$job" $ranks ;;
    *) kill -"$1" "$job" ;;
  esac 2>/dev/null || true
  ended
  for rank in $ranks; do
    timeout 60 tail --pid="$rank" -f /dev/null || fail "rank $rank outlived its mpirun"
  done
}

# way_to_end NUMBER: how start NUMBER ends.
way_to_end() {
  if [ "$1" = "$killed_start" ]; then
    way=KILL
  elif [ -n "$long" ] && [ $((RANDOM % 3)) = 0 ]; then
    way=KILL_ALL
  else
    way=USR1
  fi
}

# train_for_weeks ZONE RULES DAY
train_for_weeks() {
  export TZ=$2
  run=$1-$3
  unset MOVED_CLOCK
  local number planned now way share=$((4 * epochs / (2 * starts))) too_late=
  killed_start=$((RANDOM % (starts - 3) + 2))
  "$PYTHON" "$TESTS/system/days.py" foreign "runs/$run/log"
  for number in $(seq "$starts"); do
    # The next start is after one day, or after the days of the plan.
    now=0 planned=$(date -d "$3 12:00 UTC + $(((number - 1) * days_between_starts)) days" +%s)
    [ "$number" = 1 ] || now=$(($(moved date +%s) + 86400))
    clock $((now > planned ? now : planned)) "$days_per_second"
    start
    if [ "$number" = "$starts" ] || [ -n "$too_late" ]; then
      way='its end'
      ended
      expect 0
    else
      wait_for $((share - RANDOM % 16)) '^epoch ' out.txt
      way_to_end "$number"
      end_by "$way"
      case $way:$status in
        USR1:75 | KILL*:137) ;;
        USR1:0 | USR1:138) [ "$number" -gt "$killed_start" ] && too_late=yes ;;&
        *) [ -n "$too_late" ] || { cat out.txt; fail "start $number ended with status $status by $way"; } ;;
      esac
    fi
    echo "start $number until $(moved date '+%F %T %Z'), ended by $way, status $status"
    [ "$way" != 'its end' ] || break
  done

  # Later starts only process logs; each continues what the previous one had no time for.
  clock $(($(moved date +%s) + 2 * 86400)) 0
  "$PYTHON" "$TESTS/system/days.py" edge "runs/$run/log" --today "$(moved date +%F)" --keep-days 30
  for number in $(seq 10); do
    start
    ended
    expect 0
    ! "$PYTHON" "$TESTS/system/days.py" archived "runs/$run/log" || break
  done
  echo "starts until the last log was archived: $number"
  "$PYTHON" "$TESTS/system/days.py" check "runs/$run/log" "backup/$run" --epochs "$epochs" \
    --coins KRW-BTC KRW-ETH KRW-XRP KRW-SOL --today "$(moved date +%F)" --keep-days 30
  (cd "backup/$run" && sha256sum --quiet -c ./*.sha256)
  echo "all digests of the backup are correct: $(ls "backup/$run"/*.sha256 | wc -l)"
}
for zone in "${zones[@]}"; do train_for_weeks $zone; done
