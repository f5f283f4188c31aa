# SPDX-License-Identifier: Apache-2.0
# A Slurm of its own for each test: sourced with MONETA and TESTS set, it starts the test again with
# process ids, mounts and network of its own, and there slurmctld and four slurmd, each a node with a
# host name and process ids of its own. Whatever ends the test, even SIGKILL, ends all of them,
# and files lie in memory only. No port is taken on the machine's network.
set -euo pipefail
cluster=/run/cluster

skip() { echo "SKIPPED: $*"; exit 77; }

if [ "${MONETA_IN_CLUSTER:-}" != $$ ]; then
  for program in slurmctld slurmd munged mungekey sbatch srun mpirun ip setpriv; do
    command -v "$program" >/dev/null ||
      skip "there is no $program (Debian packages slurm-wlm, munge, openmpi-bin, iproute2, util-linux)"
  done
  [ "$(id -u)" = 0 ] || skip "Slurm's daemons need root"
  own=(unshare --mount --uts --pid --ipc --net --fork --kill-child --mount-proc)
  "${own[@]}" true 2>/dev/null || skip "this container may not make namespaces (docker run --privileged)"
  setpriv --pdeathsig KILL "${own[@]}" env MONETA_IN_CLUSTER=1 bash "$0" "$@" </dev/null &
  trap 'kill -KILL $!; exit 143' TERM INT HUP
  status=0
  wait $! || status=$?
  exit $status
fi

mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm
mkdir -p /run/tmp $cluster/state
export TMPDIR=/run/tmp SLURM_CONF=$cluster/slurm.conf
chmod 755 $cluster
ip link set lo up
ip address add 192.0.2.1/32 dev lo  # with nothing but 127.0.0.1 no address can be looked up
. "$TESTS/system/lib.sh"
trap 'rm -rf "$work"' EXIT      # all processes end with this shell
unset OMPI_MCA_orte_tmpdir_base  # the scripts for sbatch see to that
# All nodes share the kernel, so that MPI would find shared memory between them.
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
short=(small.yaml 'coins=[KRW-BTC, KRW-ETH, KRW-XRP, KRW-SOL]' train.epochs=24)
scripts=$(cd "$TESTS/../launch/slurm" && pwd)

# node NAME: starts it.
declare -A node_pid
node() {
  mkdir -p "$cluster/pmix-$1" $cluster/pmix "$cluster/spool-$1"
  # Each node has its own folder for PMIx, which slurmd would otherwise take for in use.
  unshare --mount --uts --pid --fork --kill-child --mount-proc bash -c "
    hostname $1 && mount --bind $cluster/pmix-$1 $cluster/pmix && slurmd -D -N $1; exit" \
    >"$cluster/slurmd-$1.out" 2>&1 &
  node_pid[$1]=$!
}

# lose_node NAME: the node and all that runs on it are gone, as if its power were.
lose_node() {
  kill -KILL $(pgrep -P "${node_pid[$1]}")
  wait "${node_pid[$1]}" 2>/dev/null || true
}

start_cluster() {
  sed "s#@cluster@#$cluster#" "$TESTS/slurm/slurm.conf" >$SLURM_CONF
  echo "PMIxCliTmpDirBase=$cluster/pmix" >$cluster/mpi.conf
  printf 'Name=gpu File=%s\n' /dev/null /dev/zero >$cluster/gres.conf
  mungekey --create --keyfile=$cluster/munge.key
  munged --foreground --force --key-file=$cluster/munge.key --socket=$cluster/munge.socket \
    --pid-file=$cluster/munged.pid --log-file=$cluster/munged.log --seed-file=$cluster/munged.seed >/dev/null 2>&1 &
  until_true "munged runs" test -S $cluster/munge.socket
  slurmctld -D -i >$cluster/slurmctld.out 2>&1 &
  local name
  for name in n1 n2 n3 n4; do node $name; done
  until_true "four nodes are idle" idle_nodes 4
}
idle_nodes() { [ "$(timeout 2 sinfo -h -N -p normal -o %t 2>>$cluster/sinfo.out | grep -cx idle)" = "$1" ]; }

# until_true WHAT COMMAND...: at most two minutes, which only a machine with more to do needs.
until_true() {
  local what=$1 end=$((SECONDS + 120)); shift
  until "$@"; do
    [ $SECONDS -lt $end ] || { report; fail "not within two minutes: $what"; }
    sleep 0.05
  done
}
report() {
  squeue || true
  tail -n 30 $cluster/*.log $cluster/*.out ./*.out 2>/dev/null || true
}

# submit ARGUMENT...: sbatch with what a user's mpirun knows; sets $job. The log is <job>.out.
submit() {
  job=$(env -u OMPI_MCA_rmaps_base_oversubscribe -u OMPI_MCA_hwloc_base_binding_policy \
    -u OMPI_ALLOW_RUN_AS_ROOT -u OMPI_ALLOW_RUN_AS_ROOT_CONFIRM \
    sbatch --parsable --output=%j.out "$@")
}
# field NAME: of the job's record.
field() { scontrol --oneliner show job "$job" | sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }
is() { [[ $(field "$1") == $2 ]]; }
signalled() { [ "$(grep -c 'asked to stop by' "$job.out")" -ge "$1" ]; }
logged() { grep -Eq -- "$1" "$job.out" 2>/dev/null; }

# ended STATE EXIT [PATTERN...]: the job ends so, and its log has the patterns.
ended() {
  local state=$1 code=$2 pattern; shift 2
  until_true "job $job ends" is JobState '@(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|PREEMPTED)'
  if ! is JobState "$state" || ! is ExitCode "$code"; then
    report
    fail "job $job ends $(field JobState) $(field ExitCode) instead of $state $code"
  fi
  for pattern in "$@"; do logged "$pattern" || { report; fail "the log of job $job lacks '$pattern'"; }; done
}

# queued_again TIMES [PATTERN...]: as often by now; it then starts without Slurm's two minutes of waiting.
is_queued_for() { is JobState PENDING && is Restarts "$1"; }
queued_again() {
  local times=$1 pattern; shift
  until_true "job $job is queued again" is_queued_for "$times"
  for pattern in "$@"; do logged "$pattern" || { report; fail "the log of job $job lacks '$pattern'"; }; done
  sleep 2  # a node refuses a start within the second in which it ended the job
  scontrol update jobid="$job" StartTime=now
}

# What a run has done: trained EPOCH, or been resumed so many TIMES.
trained() { grep -qs "\"epoch\":$2\b" "runs/$1/log/epochs-"*.jsonl; }
resumed() { [ "$(cat "runs/$1/log/events-"*.jsonl 2>/dev/null | grep -c '"run_resumed"')" -ge "$2" ]; }
no_rank() { ! pgrep -x moneta >/dev/null; }

# hold trained|resumed RUN NUMBER: pauses all ranks as soon as this is so, that what comes hits them
# before they have finished, on a machine of any speed; `release` lets them go on.
hold() {
  until_true "$2 has $1 $3" "$@"
  pkill -STOP -x moneta || { report; fail "$2 had finished already"; }
}
release() { pkill -CONT -x moneta || true; }

trap 'exit 143' TERM INT
start_cluster
