#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kills runs at random instants and restarts them until they have finished. Then every checkpoint, the
# index and the logged epochs must be identical, bit for bit, to those of an undisturbed run.
# There are 50 kills, or 1,000 in the long form (MONETA_LONG). The seed is random unless SEED is set,
# which repeats the choices (but not the exact instants). KILLS and LANES (concurrent runs) set the size.
. "$(dirname "$0")/../system/lib.sh"
kills=50; [ -z "${MONETA_LONG:-}" ] || kills=1000
kills=${KILLS:-$kills} lanes=${LANES:-3}
: "${SEED:=$(($(date +%s%N) / 1000 % 30000))}"
echo "seed $SEED: $kills kills in $lanes runs at a time"

# The files that killed jobs leave behind are in $work and are removed with it.
mkdir shm mpi
export OMPI_MCA_btl_vader_backing_directory=$work/shm
trap 'stop_all; rm -rf "$work"' EXIT
# Every update is saved, so that kills interrupt saves and every start makes progress.
setting=(small.yaml run.folder="$work/runs" train.epochs=4 checkpoint.every_minutes=0.000001)

# processes_of RUN: its mpirun and ranks, whatever their parent is.
processes_of() { pgrep -f -- "train small.yaml run.folder=$work/runs .*run.name=$1\$" || true; }

stop_all() {
  local process
  for process in $(jobs -p); do kill "$process" 2>/dev/null || true; done
  for process in $(processes_of '.*'); do kill -KILL "$process" 2>/dev/null || true; done
}

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# pause_ms MILLISECONDS: waits without starting a process.
exec {silence}<> <(:)
pause_ms() {
  read -r -t "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" -u "$silence" _ || true
}

# until_either PROCESS COMMAND...: waits until the process has ended or the command succeeds.
until_either() {
  local process=$1 end=$(($(now_ms) + 120000)); shift
  while kill -0 "$process" 2>/dev/null && ! "$@"; do
    [ "$(now_ms)" -lt "$end" ] || { cat "$run.txt"; fail "$run makes no progress"; }
    pause_ms 4
  done
}

# events PATTERN: the number of events of the run whose action matches.
events() { cat runs/"$run"/log/events-*.jsonl 2>/dev/null | grep -Ec "\"event.action\":\"($1)\"" || true; }

is_started() { [ "$(events 'run_started|run_resumed')" -gt "$starts" ]; }
is_saving() { compgen -G "runs/$run/checkpoints/*/*.tmp" >/dev/null; }
is_ending() {
  is_started && [ -e "runs/$run/checkpoints/index.json" ] &&
    [ "$(grep -c '"finished": true' "runs/$run/checkpoints/index.json")" = "$coins" ]
}

phase() {
  if is_saving; then
    echo saving
  elif ! is_started; then
    echo starting
  elif is_ending; then
    echo ending
  else
    echo training
  fi
}

# wait_for_an_instant MPIRUN: waits until a random instant.
wait_for_an_instant() {
  local aim=$((RANDOM % 10)) ms=$RANDOM
  if [ "$aim" -lt 3 ]; then
    pause_ms $((ms % 300))
    return
  fi
  until_either "$1" is_started
  case $aim in
    3 | 4 | 5) pause_ms $((ms % 800)) ;;
    6 | 7 | 8) until_either "$1" is_saving; pause_ms $((ms % 8)) ;;
    9) until_either "$1" is_ending; pause_ms $((ms % 200)) ;;
  esac
}

# strike MPIRUN: kills only mpirun, mpirun and its ranks (like a crash of the machine), or one rank;
# sets $victim and $struck_in.
strike() {
  local ranks what=$((RANDOM % 6)) signal=KILL which=$RANDOM
  mapfile -t ranks < <(pgrep -P "$1")
  [ $((RANDOM % 2)) = 0 ] || signal=SEGV
  if [ "$what" -lt 3 ]; then
    victim=mpirun+ranks
    kill -KILL "$1" "${ranks[@]}"
  elif [ "$what" = 3 ] || [ ${#ranks[@]} = 0 ]; then
    victim=mpirun
    kill -KILL "$1"
  else
    victim=rank-$signal
    kill -"$signal" "${ranks[which % ${#ranks[@]}]}"
  fi 2>/dev/null || true
  struck_in=$(phase)
}

# bury: waits until a killed job is gone. After mpirun is killed, its ranks live for another 2 or 3
# seconds; some of those runs are restarted before that, which must be refused.
bury() {
  local process
  [ "$victim" = mpirun ] && [ $((RANDOM % 2)) = 0 ] && return
  for process in $(processes_of "$run"); do
    [ "$victim" != mpirun ] || kill -KILL "$process" 2>/dev/null || true
    until_either "$process" false
  done
}

# note_resume BEGIN_MS: records the time from the start of mpirun to the first saved update, if any.
note_resume() {
  local newest saved
  newest=$(ls -t runs/"$run"/log/events-*.jsonl 2>/dev/null | head -1)
  [ -n "$newest" ] && [ "$starts" -gt 0 ] && is_started || return 0
  saved=$(tac "$newest" | sed '/"run_resumed"/q' | tac |
    sed -n '/"model_saved"/ { s/.*"@timestamp":"\([^"]*\)".*/\1/p; q }')
  [ -z "$saved" ] || echo "$(($(date -d "$saved" +%s%3N) - $1))" >>"resumed.$lane"
}

# start_once: starts the run and kills it if kills are left; true if it has finished on its own.
start_once() {
  local begin mpirun status=0
  victim='' starts=$(events 'run_started|run_resumed') begin=$(now_ms)
  # Ranks of a killed mpirun may remove their folder while the next one starts.
  OMPI_MCA_orte_tmpdir_base=$(mktemp -d -p "$work/mpi")
  mpirun --quiet -np 2 "$MONETA" train "${setting[@]}" run.name="$run" >"$run.txt" 2>&1 &
  mpirun=$!
  if [ "$left" -gt 0 ]; then
    wait_for_an_instant "$mpirun"
    ! kill -0 "$mpirun" 2>/dev/null || strike "$mpirun"
  fi
  until_either "$mpirun" false
  wait "$mpirun" 2>/dev/null || status=$?
  note_resume "$begin"
  if [ "$status" = 2 ] && grep -q 'another training writes' "$run.txt"; then
    echo "refused while ranks live" >>"struck.$lane"
    pause_ms 200
  elif [ "$status" != 0 ] && [ -n "$victim" ]; then
    echo "$victim $struck_in" >>"struck.$lane"
    left=$((left - 1))
    bury
  elif [ "$status" != 0 ]; then
    cat "$run.txt"
    fail "$run ended with status $status without having been killed"
  fi
  [ "$status" = 0 ]
}

# epochs_of RUN: what its log contains for every epoch, except clocks and speed. An epoch that was
# trained again is logged again.
epochs_of() {
  grep -h '^{.*}$' runs/"$1"/log/epochs-*.jsonl |
    sed -E 's/.*"coin":("[^"]*").*"epoch":([0-9]+).*("finished":.*"skipped_updates":[0-9]+).*/\1 \2 \3/' |
    sort -u
}

# lane NUMBER KILLS: one run after another until there have been KILLS kills.
lane() {
  lane=$1 left=$2 RANDOM=$((SEED + $1))
  local round=0
  : >"struck.$lane"
  while [ "$left" -gt 0 ]; do
    run=lane$lane-$((++round))
    until start_once; do :; done
    same_checkpoints runs/straight "runs/$run"
    diff <(epochs_of straight) <(epochs_of "$run") || fail "the logged epochs of $run differ"
    no_half_file "runs/$run"
    echo "$run" >>"struck.$lane.runs"
    rm -rf "runs/$run" # the long form would fill the disk
  done
}

count() { cat struck.? | grep -c "$1" || true; }

market
run=straight
ranks 2 train "${setting[@]}" run.name=straight; expect 0
coins=$(ls runs/straight/checkpoints | grep -c KRW)
[ "$(epochs_of straight | wc -l)" = $((coins * 4)) ] || fail "the log of the run has other lines"

begin=$(now_ms) workers=()
for ((i = 1; i <= lanes; ++i)); do
  (trap - EXIT; lane "$i" $((kills * i / lanes - kills * (i - 1) / lanes))) >"lane.$i" 2>&1 &
  workers+=($!)
done
for worker in "${workers[@]}"; do
  wait "$worker" || { grep -hv ' Killed  ' lane.?; fail "a run did not survive (SEED=$SEED)"; }
done

printf '%-12s %9s %9s %9s %9s\n' killed starting training saving ending
for victim in mpirun mpirun+ranks rank-KILL rank-SEGV; do
  printf '%-12s' "$victim"
  for phase in starting training saving ending; do
    printf ' %9s' "$(count "^$victim $phase")"
  done
  echo
done
echo "$(cat struck.?.runs | wc -l) runs are identical to an undisturbed one after" \
  "$(cat struck.? | grep -vc refused) kills in $((($(now_ms) - begin) / 1000)) s;" \
  "$(count refused) starts were refused while killed ranks lived"
sort -n resumed.? | awk -v coins="$coins" '{ ms[NR] = $1 } END { if (NR) printf \
  "from mpirun to the first update saved, %d coins, %d resumed starts: %d / %d / %d ms (least, median, most)\n",
  coins, NR, ms[1], ms[int((NR + 1) / 2)], ms[NR] }'
for phase in starting training saving ending; do
  [ "$kills" -lt 500 ] || [ "$(count " $phase")" -gt 0 ] || fail "no kill hit a run while $phase"
done
