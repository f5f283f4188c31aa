# SPDX-License-Identifier: Apache-2.0
# What tests/gpu/run.sh measures on a GPU, and a small form of it that verifies the script on a CPU.
# Sourced with DEVICE set.
if [ "$DEVICE" = cuda ]; then
  device_options=--gpu limit_mib=12288
  cuts="128x8 256x4 512x2 1024x1" middle_cut=256x4 small_cut=64x16
  one_step=240 three_steps="240 144 96"
  size_precisions="bf16 fp16 tf32 f32"
  other_precisions="fp16 tf32 f32" torch_precisions="bf16 fp16 tf32 fp32" matmul_size=8192
  speed_size="--hidden 1024 --layers 4 --coins 2 --warmup 1 --updates 3"
  torch_size="--hidden 1024 --layers 4 --timeframes 1m:240 --coins 2 --warmup 1 --updates 3"
  full_batch="train.batch=128 train.accumulate=8" full_timeframes="{1m: 240, 5m: 144, 15m: 96}"
  memory_model=4x1024 memory_days=16
  large_model=5x1536 large_days=8 large_timeframes=$full_timeframes
  curve_size="model.hidden=64 model.layers=2 train.batch=128 train.accumulate=2" curve_epochs=5
  curve_days=15 curve_timeframes="{1m: 240}"
  long_model=4x1024 long_days=60 long_interval=1 resume_seconds=35
else
  device_options=device.threads=1 limit_mib=4096
  cuts="8x4 16x2" middle_cut=16x2 small_cut=8x4
  one_step=12 three_steps="12 8 6"
  size_precisions=f32
  other_precisions=f32 torch_precisions="bf16 fp32" matmul_size=256
  speed_size="--hidden 16 --layers 2 --coins 2 --warmup 1 --updates 2 --rows 500 --threads 1"
  torch_size="--hidden 16 --layers 2 --timeframes 1m:12 --coins 2 --warmup 1 --updates 2 --rows 500"
  full_batch="train.batch=32 train.accumulate=2" full_timeframes="{1m: 12, 5m: 6, 15m: 4}"
  memory_model=2x16 memory_days=4
  large_model=3x24 large_days=3 large_timeframes="{1m: 12}"
  curve_size="model.hidden=16 model.layers=2 train.batch=32 train.accumulate=2" curve_epochs=4
  curve_days=4 curve_timeframes="{1m: 12}"
  long_model=2x32 long_days=4 long_interval=0.1 resume_seconds=2
fi
