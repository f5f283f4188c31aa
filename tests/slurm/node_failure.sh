#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A node is lost: first one without the batch shell, then the one with it. Slurm requeues the job on the
# remaining nodes, and it ends with the same bytes as an undisturbed run.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train "${short[@]}" run.name=straight; expect 0

# give_up NODE: what slurmctld itself would do after SlurmdTimeout.
give_up() { scontrol update nodename="$1" state=down reason=lost; }

for launcher in train train-srun; do
  submit --nodes=2 --ntasks-per-node=2 "$scripts/$launcher.sbatch" "${short[@]}" "run.name=$launcher"
  hold trained "$launcher" 1
  first=$(field BatchHost)
  second=$(scontrol show hostnames "$(field NodeList)" | grep -vx "$first")
  lose_node "$second"
  release
  [ $launcher != train ] || until_true "the loss is seen" logged 'a node does not respond; waiting up to'
  give_up "$second"
  requeued 1

  hold resumed "$launcher" 1
  first=$(field BatchHost)
  lose_node "$first"
  release
  give_up "$first"
  requeued 2
  ended COMPLETED 0:0
  resumed "$launcher" 2 || fail "it did not resume after the second loss"
  same_checkpoints runs/straight "runs/$launcher"

  for name in "$first" "$second"; do
    node "$name"
    scontrol update nodename="$name" state=resume
  done
  until_true "all nodes are back" idle_nodes 4
done
