# SPDX-License-Identifier: Apache-2.0
# The phases of tests/gpu/run.sh that train with the program itself. Sourced by it.

# market FOLDER [KEY=VALUE...]: creates a folder with candles and shards and changes to it; the
# settings apply to all training there.
market() {
  mkdir -p "$work/$1" && cd "$work/$1" && shift
  cp "$here/market.yaml" .
  here_settings=("$@")
  local what
  for what in synth prepare; do
    "$programs/moneta" $what market.yaml run.name=none "$@" >"$what.txt" 2>&1 ||
      { record $what error "$(tail -3 $what.txt)"; return 1; }
  done
}

# train NAME RUN [OPTION|KEY=VALUE...]: measures one training run in the market's folder.
train() {
  local name=$1 run=$2; shift 2
  measure "$name" "$python" "$here/trained.py" "$programs/moneta" market.yaml "$@" $device_options \
    "${here_settings[@]}" run.name="$run"
}

model_of() { echo "model.layers=${1%x*} model.hidden=${1#*x}"; }  # LAYERSxHIDDEN

# Four coins within the memory of a small card, planned and measured; one epoch uses every buffer. With
# the large model, the card holds the parameters and gradients of one coin, and no moments.
phase_memory() {
  local precision device="$full_batch device.kind=$DEVICE device.memory_limit_mib=$limit_mib"
  market full "coins=[A, B, C, D]" data.days=$memory_days "data.timeframes=$full_timeframes" || return
  train memory-$memory_model model $(model_of $memory_model) $device train.epochs=1
  rm -rf runs  # gigabytes of checkpoints
  market large "coins=[A, B, C, D]" data.days=$large_days "data.timeframes=$large_timeframes" || return
  for precision in bf16 f32; do
    train memory-$large_model-$precision model $(model_of $large_model) $device train.epochs=1 \
      train.precision=$precision
    rm -rf runs
  done
  [ $has_torch = yes ] && [ "$DEVICE" = cuda ] || return
  measure pytorch-$large_model "$python" "$here/../bench/torch_trainer.py" --device cuda \
    --limit-mib $limit_mib --fraction 0.95 --precision fp32 --hidden 1536 --layers 5 --warmup 1 \
    --updates 1
}

# The same training on the CPU in float32, and on the device in float32 and bfloat16. Windows of 240
# steps, because errors of the cell state grow with the length.
phase_curves() {
  local common="$curve_size train.epochs=$curve_epochs model.dropout=0.1"
  market curves "coins=[A, B]" data.days=$curve_days "data.timeframes=$curve_timeframes" || return
  train curve-reference reference $common device.kind=cpu train.precision=f32
  train curve-f32 f32 $common device.kind=$DEVICE train.precision=f32
  train curve-bf16 bf16 $common device.kind=$DEVICE train.precision=bf16
}

# Trains until it is stopped on request, and then resumes.
phase_long() {
  local common="$(model_of $long_model) $full_batch device.kind=$DEVICE train.epochs=100000"
  local seconds=${LONG_SECONDS:-480}
  limit=$((seconds + 120))
  market long "coins=[A, B]" data.days=$long_days "data.timeframes=$full_timeframes" || return
  train long long $common --stop-after $seconds --interval $long_interval &&
    train long-resumed long $common --stop-after $resume_seconds
}
