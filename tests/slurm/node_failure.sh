#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A node that is gone, first one of the others, then the one with the batch shell: Slurm queues the
# job again on the nodes that are left, and it ends with the bytes of one that ran through.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train "${short[@]}" run.name=straight; expect 0

# give_up NODE: as slurmctld itself would after SlurmdTimeout.
give_up() { scontrol update nodename="$1" state=down reason=lost; }

for launcher in train train-srun; do
  submit --nodes=2 --ntasks-per-node=2 "$scripts/$launcher.sbatch" "${short[@]}" "run.name=$launcher"
  hold trained "$launcher" 1
  first=$(field BatchHost)
  second=$(scontrol show hostnames "$(field NodeList)" | grep -vx "$first")
  lose_node "$second"
  release
  [ $launcher != train ] || until_true "the loss is seen" logged 'a node does not answer; waiting up to'
  give_up "$second"
  queued_again 1

  hold resumed "$launcher" 1
  first=$(field BatchHost)
  lose_node "$first"
  release
  give_up "$first"
  queued_again 2
  ended COMPLETED 0:0
  resumed "$launcher" 2 || fail "it did not go on after the second loss"
  same_checkpoints runs/straight "runs/$launcher"

  for name in "$first" "$second"; do
    node "$name"
    scontrol update nodename="$name" state=resume
  done
  until_true "all nodes are back" idle_nodes 4
done
