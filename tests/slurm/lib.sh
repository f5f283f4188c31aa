# SPDX-License-Identifier: Apache-2.0
# A private Slurm for each test. Sourced with MONETA and TESTS set, it restarts the test in its own
# namespaces (process IDs, mounts, network) and starts slurmctld and four slurmd there, each a node with
# its own host name and process ID namespace. Whatever ends the test, even SIGKILL, ends all of them. All
# files are in memory, and no port of the machine is used.
set -euo pipefail
cluster=/run/cluster

skip() { echo "SKIPPED: $*"; exit 77; }

if [ "${MONETA_IN_CLUSTER:-}" != $$ ]; then
  for program in slurmctld slurmd munged mungekey sbatch srun mpirun ip setpriv; do
    command -v "$program" >/dev/null ||
      skip "there is no $program (Debian packages slurm-wlm, munge, openmpi-bin, iproute2, util-linux)"
  done
  [ "$(id -u)" = 0 ] || skip "the daemons of Slurm need root"
  own=(unshare --mount --uts --pid --ipc --net --fork --kill-child --mount-proc)
  "${own[@]}" true 2>/dev/null || skip "this container may not create namespaces (docker run --privileged)"
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
ip address add 192.0.2.1/32 dev lo  # with only 127.0.0.1, no address can be resolved
. "$TESTS/system/lib.sh"
trap 'rm -rf "$work"' EXIT      # all processes end with this shell
unset OMPI_MCA_orte_tmpdir_base  # the sbatch scripts set it
# All nodes share the kernel, so MPI would use shared memory between them.
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
short=(small.yaml 'coins=[KRW-BTC, KRW-ETH, KRW-XRP, KRW-SOL]' train.epochs=24)
scripts=$(cd "$TESTS/../launch/slurm" && pwd)

# node NAME: starts the node.
declare -A node_pid
node() {
  mkdir -p "$cluster/pmix-$1" $cluster/pmix "$cluster/spool-$1"
  # Each node has its own PMIx folder; slurmd would find a shared one in use.
  unshare --mount --uts --pid --fork --kill-child --mount-proc bash -c "
    hostname $1 && mount --bind $cluster/pmix-$1 $cluster/pmix && slurmd -D -N $1; exit" \
    >"$cluster/slurmd-$1.out" 2>&1 &
  node_pid[$1]=$!
}

# lose_node NAME: ends the node and all its processes, like a power failure.
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

# until_true WHAT COMMAND...: waits until COMMAND succeeds, at most two minutes.
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

# submit ARGUMENT...: sbatch with the environment of a regular user; sets $job. The log is <job>.out.
submit() {
  job=$(env -u OMPI_MCA_rmaps_base_oversubscribe -u OMPI_MCA_hwloc_base_binding_policy \
    -u OMPI_ALLOW_RUN_AS_ROOT -u OMPI_ALLOW_RUN_AS_ROOT_CONFIRM \
    sbatch --parsable --output=%j.out "$@")
}
over() { is JobState '@(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|PREEMPTED)'; }
# field NAME: a field of the record that Slurm has of the job.
field() { scontrol --oneliner show job "$job" | sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }
is() { [[ $(field "$1") == $2 ]]; }
signalled() { [ "$(grep -c 'stop requested by' "$job.out")" -ge "$1" ]; }
logged() { grep -Eq -- "$1" "$job.out" 2>/dev/null; }

# ended STATE EXIT [PATTERN...]: the job ends in this way, and its log has the patterns.
ended() {
  local state=$1 code=$2 pattern; shift 2
  until_true "job $job ends" over
  if ! is JobState "$state" || ! is ExitCode "$code"; then
    report
    fail "job $job ends $(field JobState) $(field ExitCode) instead of $state $code"
  fi
  for pattern in "$@"; do logged "$pattern" || { report; fail "the log of job $job lacks '$pattern'"; }; done
}

# requeued TIMES [PATTERN...]: the job has been requeued TIMES times; it then starts without the two
# minutes that Slurm would wait.
is_queued_for() { is JobState PENDING && is Restarts "$1"; }
requeued() {
  local times=$1 pattern; shift
  until_true "job $job is requeued" is_queued_for "$times"
  for pattern in "$@"; do logged "$pattern" || { report; fail "the log of job $job lacks '$pattern'"; }; done
  sleep 2  # a node rejects a start within the second in which it ended the job
  scontrol update jobid="$job" StartTime=now
}

# trained RUN EPOCH, resumed RUN TIMES: whether the run has got there.
trained() { grep -qs "\"epoch\":$2\b" "runs/$1/log/epochs-"*.jsonl; }
resumed() { [ "$(cat "runs/$1/log/events-"*.jsonl 2>/dev/null | grep -c '"run_resumed"')" -ge "$2" ]; }
no_rank() { ! pgrep -x moneta >/dev/null; }

# hold trained|resumed RUN NUMBER: pauses all ranks as soon as this is true, so that what follows
# reaches them before they finish, however fast the machine is; `release` lets them continue.
hold() {
  until_true "$2 has $1 $3" "$@"
  pkill -STOP -x moneta || { report; fail "$2 had finished already"; }
}
release() { pkill -CONT -x moneta || true; }

trap 'exit 143' TERM INT
start_cluster
