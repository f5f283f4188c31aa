#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A node that is gone, first one of the others, then the one with the batch shell: Slurm queues the
# job again on the nodes that are left, and it ends with the bytes of one that ran through.
. "$(dirname "$0")/lib.sh"
market
long=train.epochs=20
ranks 2 train small.yaml run.name=straight $long; expect 0
for launcher in train train-srun; do
  submit --nodes=2 --ntasks-per-node=2 "$scripts/$launcher.sbatch" small.yaml "run.name=$launcher" $long
  until_true 30 "$launcher trains" trains_epoch "$launcher" 2
  lose_node 2
  [ $launcher != train ] || until_true 60 "the loss is seen" logged 'a node does not answer; waiting up to'
  scontrol update nodename=n2 state=down reason=lost  # as slurmctld would, after SlurmdTimeout
  queued_again 1
  until_true 30 "$launcher goes on" resumed "$launcher" 1
  lose_node 1
  scontrol update nodename=n1 state=down reason=lost
  queued_again 2
  until_true 30 "$launcher goes on again" resumed "$launcher" 2
  is NodeList 'n\[3-4\]' || fail "the job goes on on $(field NodeList)"
  ended COMPLETED 0:0
  same_checkpoints runs/straight "runs/$launcher"
  node 1; node 2
  scontrol update nodename=n[1-2] state=resume
  until_true 30 "all nodes are back" idle_nodes 4
done
