# SPDX-License-Identifier: Apache-2.0
# Shared by the sbatch scripts, which source it in the batch shell with `here` set to this folder and
# `script` to their own name.
fail() { echo "$script: $*" >&2; exit 2; }

# A task of an array is named by array and index: its own number can stand for the whole array.
job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
job=${job:-$SLURM_JOB_ID}
moneta=${MONETA:-$(cd "$here/../.." && pwd)/build/moneta}
[ -n "${MONETA:-}" ] || [ -x "$moneta" ] || moneta=$(command -v moneta || echo "$moneta")

# check_job [CONFIG]...: reports errors that would stop every rank once, before any rank starts.
check_job() {
  [ $# -gt 0 ] || fail "no config is given. Try: sbatch launch/slurm/$script configs/upbit8.yaml"
  [ -f "$1" ] || fail "there is no config '$1' in $PWD, the folder in which sbatch was called"
  [ -x "$moneta" ] || fail "'$moneta' is missing. Run launch/build.sh first, in a folder that all nodes see"
  local gpus=${SLURM_GPUS_ON_NODE:-0} tasks=${SLURM_TASKS_PER_NODE:-1}
  tasks=${tasks%%[!0-9]*}
  [ "$tasks" -ge "$gpus" ] ||
    fail "$gpus GPUs but $tasks task(s) on a node, so some would be idle. Add --ntasks-per-node=$gpus"
}

# job_field NAME: a field of the record that Slurm has of this job.
job_field() { scontrol --oneliner show job "$job" 2>/dev/null | sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }

asked='' launcher=''
stop() {
  [ "$asked" = 'the user' ] || asked=$1
  echo "$script: stop requested by $1"
  [ -z "$launcher" ] || kill -USR1 "$launcher" 2>/dev/null
}

# run_job LAUNCHER ARGUMENT...: runs it until it ends, and ends or requeues the job; does not return.
run_job() {
  echo "+ $*"
  # mpirun of Open MPI removes the session folder that a user's jobs on a node share when it looks
  # empty, even if another job is just starting. So a job that may share its only node gets a folder of
  # its own, unless the site has configured one.
  if [ "${SLURM_NNODES:-1}" = 1 ] && ! env | grep '^OMPI_MCA_orte_.*tmpdir_base=' >/dev/null; then
    mpi_folder=$(mktemp -d) && export OMPI_MCA_orte_tmpdir_base=$mpi_folder
    trap 'rm -rf "$mpi_folder"' EXIT
  fi
  trap 'stop Slurm' USR1 TERM  # before the time limit; on preemption, either
  trap 'stop "the user"' INT
  "$@" </dev/null &
  launcher=$!
  [ -z "$asked" ] || kill -USR1 "$launcher"
  while kill -0 "$launcher" 2>/dev/null; do wait "$launcher"; done
  wait "$launcher"
  end_job $?
}

# end_job STATUS: the exit statuses 0 and 2 to 6 of moneta are final. After a stop requested by Slurm
# the job is requeued; after a stop by its user or `scancel JOB` it is not.
end_job() {
  local status=$1 preempted
  case $status in 0 | [2-6]) exit "$status" ;; esac
  case $(job_field JobState) in RUNNING | '') ;; *) exit "$status" ;; esac
  preempted=$(job_field PreemptTime)
  [ -n "$asked" ] || case $preempted in '' | None) ;; *) asked=Slurm ;; esac
  case $asked in
    'the user') echo "$script: stopped permanently, status $status; submit it again to resume" ;;
    Slurm) requeue ;;
    *) [ "$status" = 75 ] || await_node_failure ;;
  esac
  exit "$status"
}

requeue() {
  local answer
  trap '' TERM
  if answer=$(scontrol requeue "$job" 2>&1); then
    echo "$script: stopped by Slurm; job $job is requeued and will resume"
  else
    echo "$script: stopped by Slurm, which does not requeue job $job ($answer). Submit it again with sbatch" >&2
  fi
}

# A launcher that loses a node ends before Slurm detects the loss. If the job ended now, Slurm would
# count it as failed, so wait until Slurm marks the node as down and requeues the job itself.
await_node_failure() {
  [ "${SLURM_NNODES:-1}" -gt 1 ] || return
  timeout -k 5 30 srun --overlap --nodes="$SLURM_NNODES" --ntasks="$SLURM_NNODES" \
    --ntasks-per-node=1 --mpi=none true && return
  local seconds
  seconds=$(scontrol show config | sed -n 's/^SlurmdTimeout *= \([0-9]*\).*/\1/p')
  seconds=$((${seconds:-300} + 120))
  echo "$script: a node does not respond; waiting up to $seconds s for Slurm to requeue job $job"
  trap 'exit "$status"' TERM INT
  trap 'requeue; exit "$status"' USR1
  sleep "$seconds" &
  wait $!
  echo "$script: Slurm considers all nodes healthy; submit the job again with sbatch" >&2
}
