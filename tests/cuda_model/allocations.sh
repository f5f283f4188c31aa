#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every allocation of a run fails once, and so do other calls. Then the run either ends with the tensors of
# an undisturbed run (or, if it had to go on with smaller micro-batches, says so), or it ends with one
# clear error and loses nothing: the next start ends with those tensors. The short form takes a random
# sample of the allocations, the long form (MONETA_LONG) all of them.
. "$(dirname "$0")/lib.sh"
sample=12; [ -z "${MONETA_LONG:-}" ] || sample=all
two='coins=[KRW-BTC,KRW-ETH]'
market $small "$two"
on_gpus 1 clean "$two"; expect 0; clean clean
clean_report=$(echo reports/clean-*.json)

# A driver that never returns, until the watchdog ends the run; it mostly waits, so the rest goes on.
of=$(report calls cudaStreamSynchronize "$clean_report")
CUDA_MODEL_HANG=cudaStreamSynchronize:$((of / 2)) timeout "$limit_s" "$MONETA" train small.yaml $small \
  run.name=hang "$two" run.watchdog_minutes=0.1 >hang.txt 2>&1 &
hung=$!

# statuses of the libraries
out_of_memory=2 illegal_address=700 cudnn_failed=5000 cublas_failed=13 nccl_internal_error=3

# smaller RUN: a micro-batch of RUN is smaller than that of the undisturbed run, and the log reports why.
smaller() {
  grep -h '"event.action":"\(out_of_memory\|run_started\|run_resumed\)"' "runs/$1"/log/events-*.jsonl |
    grep -o '"micro_batch":[0-9]*' | sort -u >micro_batches.txt
  [ "$(cat micro_batches.txt)" != "$(grep -ho '"micro_batch":[0-9]*' runs/clean/log/events-*.jsonl | sort -u)" ] &&
    grep -q '"event.action":"out_of_memory"' "runs/$1"/log/events-*.jsonl
}

# clear_error MOST: one to MOST messages, except for the line that names the status, and no sign of a
# crash.
clear_error() {
  local messages
  messages=$(grep -E '^(moneta: )?error: ' out.txt | grep -vc 'the run ended with status' || true)
  [ "$messages" -ge 1 ] && [ "$messages" -le "$1" ] ||
    { cat out.txt; fail "$messages error messages"; }
  ! grep -q 'terminate called\|Segmentation\|what()' out.txt || { cat out.txt; fail "a traceback"; }
}

# survives RUN RANKS EXPECTED [ARGUMENTS...]: after `on_gpus` with a failure, RUN has the tensors of
# EXPECTED, at the latest after another start. Each of the RANKS may report an error. Sets $outcome.
survives() {
  local run=$1 count=$2 expected=$3; shift 3
  case $status in
    0) outcome=recovered ;;
    5) clear_error "$count"; outcome="ended with an error" ;;
    *) cat out.txt; fail "exit status $status of $run" ;;
  esac
  ! grep 'CUDA model: [^l]' out.txt || fail "$run misuses the model"
  cp out.txt "$run.txt"
  if [ "$status" != 0 ]; then on_gpus "$count" "$run" "$@"; expect 0; fi
  if smaller "$run"; then
    outcome="$outcome, with smaller micro-batches"
  else
    "$PYTHON" "$models/read_report.py" tensors "runs/$expected" "runs/$run" || { cat "$run.txt"; fail "$run"; }
  fi
}

count=$(report calls allocation "$clean_report")
[ "$count" -ge 20 ] || fail "the undisturbed run makes only $count allocations"
chosen=$(seq "$count")
[ $sample = all ] || chosen=$({
  printf '%s\n' 1 "$count"
  for _ in $(seq $sample); do echo $(((RANDOM * 32768 + RANDOM) % count + 1)); done
} | sort -nu)
declare -A outcomes=()
for number in $chosen; do
  CUDA_MODEL_FAIL=allocation:$number:$out_of_memory on_gpus 1 "allocation$number" "$two"
  survives "allocation$number" 1 clean "$two"
  outcomes[$outcome]=$((${outcomes[$outcome]:-0} + 1))
done
echo "$(wc -w <<<"$chosen") of $count allocations failed once:"
for outcome in "${!outcomes[@]}"; do echo "  ${outcomes[$outcome]} $outcome"; done

# fails CALL STATUS: a random call of this name fails, and the message names it. It is one of the first
# half, because the last waits belong to the end of a run, when everything is saved.
fails() {
  local call=$1 of number
  of=$(report calls "$call" "$clean_report")
  number=$((RANDOM % (of / 2) + 1))
  CUDA_MODEL_FAIL=$call:$number:$2 on_gpus 1 "$call" "$two"; expect 5 "$call"
  survives "$call" 1 clean "$two"
  echo "call $number of $of of $call failed"
}
fails cudnnRNNForward $cudnn_failed
fails cublasLtMatmul $cublas_failed
fails cudaMemcpyAsync $illegal_address
fails cudaStreamSynchronize $illegal_address

launches=$(report calls cudaLaunchKernel "$clean_report")
CUDA_MODEL_FAULT=$((RANDOM % launches + 1)) on_gpus 1 fault "$two"; expect 5 'cudaErrorIllegalAddress|illegal'
survives fault 1 clean "$two"
echo "a kernel faulted"

# One member of a team fails; the others end too.
export CUDA_MODEL_DEVICES=2
one='coins=[KRW-BTC]'
on_gpus 2 team "$one"; expect 0; clean team
# member_fails CALL STATUS NUMBER: this call of the second member fails, and the message names it.
member_fails() {
  local call=$1 command=("$MONETA" train small.yaml $small run.name="member-$1" "$one")
  status=0
  timeout "$limit_s" mpirun --quiet -np 1 "${command[@]}" : -np 1 \
    env CUDA_MODEL_FAIL="$call:$3:$2" "${command[@]}" >out.txt 2>&1 || status=$?
  expect 5 "$call"
  survives "member-$call" 2 team "$one"
  echo "call $3 of $call failed in a member of a team"
}
# fewest CALL: how often both members make a call.
fewest() {
  local file
  for file in reports/team-*.json; do report calls "$1" "$file"; done | sort -n | head -1
}
member_fails ncclAllReduce $nccl_internal_error $((RANDOM % $(fewest ncclAllReduce) + 1))
# At the end of an update, while the sums of other layers wait for the other member: their memory cannot
# be freed, and the error not be reported, until they are given up.
member_fails cudnnRNNBackwardData_v8 $cudnn_failed "$(fewest cudnnRNNBackwardData_v8)"
member_fails ncclCommGetAsyncError $nccl_internal_error $((RANDOM % $(fewest ncclAllReduce) + 1))

status=0; wait "$hung" || status=$?
cp hang.txt out.txt; expect 75
on_gpus 1 hang "$two"; expect 0
report tensors runs/clean runs/hang
echo "a hang was ended by the watchdog"
