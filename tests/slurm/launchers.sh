#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both launchers on several nodes produce the same bytes as two ranks on one machine; with more ranks
# than coins there are teams; and a job that cannot work gets a clear message before a rank starts.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train small.yaml run.name=straight; expect 0
submit --nodes=4 "$scripts/train.sbatch" small.yaml run.name=mpirun
ended COMPLETED 0:0 '^\+ mpirun .*small.yaml' '8 coins, 4 ranks'
same_checkpoints runs/straight runs/mpirun
submit --nodes=2 --ntasks-per-node=2 --gpus-per-node=2 "$scripts/train-srun.sbatch" small.yaml run.name=srun
ended COMPLETED 0:0 '^\+ srun --mpi=pmix .*small.yaml' '8 coins, 4 ranks'
same_checkpoints runs/straight runs/srun

# Two coins on four ranks of two nodes.
two=('coins=[KRW-BTC, KRW-ETH]' train.epochs=1)
ranks 4 train small.yaml "${two[@]}" run.name=team; expect 0 'gradients summed by MPI'
for launcher in train train-srun; do
  submit --nodes=2 --ntasks-per-node=2 "$scripts/$launcher.sbatch" small.yaml "${two[@]}" "run.name=team-$launcher"
  ended COMPLETED 0:0 '2 coins, 4 ranks.* gradients summed by MPI'
  same_checkpoints runs/team "runs/team-$launcher"
done

# srun without PMIx: every process would be rank 0 of a session of its own.
submit --nodes=2 --wrap "srun --mpi=none '$MONETA' train small.yaml run.name=mismatch"
ended FAILED '@([1-9]*):0' "srun --mpi=pmix"
[ ! -e runs/mismatch ] || fail "unconnected ranks trained"

for launcher in train train-srun; do
  script=$scripts/$launcher.sbatch
  submit "$script"; ended FAILED 2:0 "^$launcher.sbatch: no config is given. Try: sbatch"
  submit "$script" smal.yaml; ended FAILED 2:0 "^$launcher.sbatch: there is no config 'smal.yaml' in $PWD"
  submit --gpus-per-node=2 "$script" small.yaml; ended FAILED 2:0 "2 GPUs but 1 task.* --ntasks-per-node=2"
  MONETA=$PWD/absent submit "$script" small.yaml; ended FAILED 2:0 "absent' is missing. Run launch/build.sh"
  submit "$script" small.yaml model.hiden=3; ended FAILED 2:0 'model.hidden'
  status=0; bash "$script" small.yaml >out.txt 2>&1 || status=$?
  expect 2 "sbatch .*launch/slurm/$launcher.sbatch CONFIG"
done
cp "$scripts/train.sbatch" alone.sbatch
submit alone.sbatch small.yaml; ended FAILED 2:0 'no job.sh next to it'
