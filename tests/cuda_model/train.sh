#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Training on GPUs of the model ends with the same bytes in any order of the streams, for any number of
# ranks, after a kill and after a stop; with one GPU per rank, with two ranks on one, and in a team.
. "$(dirname "$0")/lib.sh"
market $small
export CUDA_MODEL_DEVICES=8

echo "coins on 1, 2 and 8 GPUs"
on_gpus 1 one; expect 0; clean one
on_gpus 2 two; expect 0; clean two
on_gpus 8 eight; expect 0; clean eight
report devices 8 reports/eight-*.json
same_checkpoints runs/one runs/two
same_checkpoints runs/one runs/eight

echo "two ranks on one GPU"
CUDA_MODEL_DEVICES=1 CUDA_MODEL_SHARED=$work/shared on_gpus 2 shared
expect 0 'share their GPU'; clean shared
same_checkpoints runs/one runs/shared

# A team of three and one of two, as in tests/system/teams.sh.
echo "teams"
teams='coins=[KRW-BTC,KRW-ETH]'
on_gpus 5 team "$teams"; expect 0 'gradients summed by NCCL'; clean team
on_gpus 5 again "$teams"; expect 0; clean again
same_checkpoints runs/team runs/again
CUDA_MODEL_DEVICES=1 CUDA_MODEL_SHARED=$work/shared on_gpus 2 host 'coins=[KRW-BTC]'
expect 0 'gradients summed by MPI'; clean host

# interrupted RUN SIGNAL RANKS EXPECTED [ARGUMENTS...]: a rank gets SIGNAL once two epochs are logged;
# another start then ends with the bytes of the run EXPECTED.
interrupted() {
  local run=$1 signal=$2 count=$3 expected=$4; shift 4
  start "$count" "$run" "$@"
  wait_for 2 '"epoch":' "runs/$run/log/epochs-*.jsonl"
  kill "-$signal" "$(rank_process $((count - 1)))"
  status=0; wait "$job" || status=$?
  [ "$status" != 0 ] || echo "$run had ended before $signal arrived"
  ! grep -E 'CUDA model: .' out.txt || fail "the model reports something, see above"
  on_gpus "$count" "$run" "$@"; expect 0; clean "$run"
  same_checkpoints "runs/$expected" "runs/$run"
}
echo "kills and stops"
interrupted killed KILL 2 one
interrupted stopped TERM 2 one
interrupted killed-team KILL 5 team "$teams"
interrupted stopped-team TERM 5 team "$teams"
