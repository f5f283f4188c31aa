# SPDX-License-Identifier: Apache-2.0
# Shared by the suites of this folder. Sourced with what tests/system/lib.sh needs, LD_LIBRARY_PATH with
# the model's folder first, and PYTHON. SEED repeats a suite; by default it is random.
models=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
. "$models/../system/lib.sh"
RANDOM=${SEED:=$(($(date +%s) % 32768))}
echo "seed $SEED"
mkdir reports

# Three days of candles are two updates per epoch and coin.
small='data.days=3 data.stride_minutes=15 train.epochs=3 device.kind=cuda'

# on_gpus RANKS RUN [ARGUMENTS...]: trains RUN like `ranks`, each time in another order of the streams.
# Each rank leaves reports/RUN-<process>.json.
on_gpus() {
  local count=$1 run=$2; shift 2
  CUDA_MODEL_SEED=$RANDOM CUDA_MODEL_REPORT=$work/reports/$run-%p.json \
    ranks "$count" train small.yaml $small run.name="$run" "$@"
}

# start RANKS RUN [ARGUMENTS...]: the same in the background; $job is mpirun.
start() {
  local count=$1 run=$2; shift 2
  CUDA_MODEL_SEED=$RANDOM timeout "$limit_s" mpirun --quiet -np "$count" "$MONETA" train small.yaml \
    $small run.name="$run" "$@" >out.txt 2>&1 &
  job=$!
}

# report COMMAND ARGUMENTS...: see read_report.py.
report() { "$PYTHON" "$models/read_report.py" "$@" || fail "the report of the model, see above"; }

# clean RUN: the ranks of RUN misused nothing and left nothing behind.
clean() { report check reports/"$1"-*.json; }

# launcher: the process of mpirun in $job; its children are the ranks, in their order.
launcher() { pgrep -P "$job"; }
rank_process() { pgrep -P "$(launcher)" | sort -n | sed -n "$(($1 + 1))p"; }
