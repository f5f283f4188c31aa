# SPDX-License-Identifier: Apache-2.0
# What the scripts for sbatch share. They source it in the batch shell, with `here` set to this
# folder and `script` to their own name.
fail() { echo "$script: $*" >&2; exit 2; }

# One task of an array by its own name: its bare number can stand for the whole array.
job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
job=${job:-$SLURM_JOB_ID}
moneta=${MONETA:-$(cd "$here/../.." && pwd)/build/moneta}

# check_job [CONFIG]...: what would stop every rank is said once, before any starts.
check_job() {
  [ $# -gt 0 ] || fail "no config is given. Try: sbatch launch/slurm/$script configs/upbit8.yaml"
  [ -f "$1" ] || fail "there is no config '$1' in $PWD, the folder in which sbatch was called"
  [ -x "$moneta" ] || fail "'$moneta' is missing. Run launch/build.sh first, in a folder that all nodes see"
  local gpus=${SLURM_GPUS_ON_NODE:-0} tasks=${SLURM_TASKS_PER_NODE:-1}
  tasks=${tasks%%[!0-9]*}
  [ "$tasks" -ge "$gpus" ] ||
    fail "$gpus GPUs but $tasks task(s) on a node, so that some would idle. Add --ntasks-per-node=$gpus"
}

# job_field NAME: what Slurm says of this job.
job_field() { scontrol --oneliner show job "$job" 2>/dev/null | sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }

asked='' launcher=''
stop() {
  [ "$asked" = 'its user' ] || asked=$1
  echo "$script: asked to stop by $1"
  [ -z "$launcher" ] || kill -USR1 "$launcher" 2>/dev/null
}

# run_job LAUNCHER ARGUMENT...: runs it to its end, or to one from which it goes on; does not return.
run_job() {
  echo "+ $*"
  # Open MPI's mpirun removes the folder that a user's jobs share on a node when it looks empty, be it
  # from under one that just starts: a job that shares its only node has its own, unless the site has
  # settled that.
  if [ "${SLURM_NNODES:-1}" = 1 ] && ! env | grep '^OMPI_MCA_orte_.*tmpdir_base=' >/dev/null; then
    mpi_folder=$(mktemp -d) && export OMPI_MCA_orte_tmpdir_base=$mpi_folder
    trap 'rm -rf "$mpi_folder"' EXIT
  fi
  trap 'stop Slurm' USR1 TERM  # before the time limit; on preemption, either
  trap 'stop "its user"' INT
  "$@" </dev/null &
  launcher=$!
  [ -z "$asked" ] || kill -USR1 "$launcher"
  while kill -0 "$launcher" 2>/dev/null; do wait "$launcher"; done
  wait "$launcher"
  end_job $?
}

# end_job STATUS: moneta's own verdicts (0, 2 to 6) stand. A stop that Slurm asked for queues the job
# again; one by its user, and `scancel JOB`, do not.
end_job() {
  local status=$1 preempted
  case $status in 0 | [2-6]) exit "$status" ;; esac
  case $(job_field JobState) in RUNNING | '') ;; *) exit "$status" ;; esac
  preempted=$(job_field PreemptTime)
  [ -n "$asked" ] || case $preempted in '' | None) ;; *) asked=Slurm ;; esac
  case $asked in
    'its user') echo "$script: stopped for good, status $status; sbatch it again to go on" ;;
    Slurm) requeue ;;
    *) [ "$status" = 75 ] || await_node_failure ;;
  esac
  exit "$status"
}

requeue() {
  local answer
  trap '' TERM
  if answer=$(scontrol requeue "$job" 2>&1); then
    echo "$script: stopped by Slurm; job $job is queued again and goes on from here"
  else
    echo "$script: stopped by Slurm, which does not queue job $job again ($answer). Start it with sbatch" >&2
  fi
}

# A launcher that loses a node ends before Slurm knows why. To end now would be a failure of the job,
# not of the node: wait until Slurm gives the node up and queues the job again itself.
await_node_failure() {
  [ "${SLURM_NNODES:-1}" -gt 1 ] || return
  timeout -k 5 30 srun --overlap --nodes="$SLURM_NNODES" --ntasks="$SLURM_NNODES" \
    --ntasks-per-node=1 --mpi=none true && return
  local seconds
  seconds=$(scontrol show config | sed -n 's/^SlurmdTimeout *= \([0-9]*\).*/\1/p')
  seconds=$((${seconds:-300} + 120))
  echo "$script: a node does not answer; waiting up to $seconds s for Slurm to queue job $job again"
  trap 'exit "$status"' TERM INT
  trap 'requeue; exit "$status"' USR1
  sleep "$seconds" &
  wait $!
  echo "$script: Slurm takes all nodes for sound; start again with sbatch" >&2
}
