#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A checkpoint's weights, loaded by the safetensors library into PyTorch's nn.LSTM, predict what
# `moneta evaluate` predicts; and the table's numbers follow from the predictions. PYTHON must have
# torch, safetensors, h5py and numpy.
. "$(dirname "$0")/lib.sh"
market
# To float32's rounding; and with the precision this machine is fast at, to bf16's.
ranks 2 train small.yaml train.epochs=2 train.precision=f32 run.name=f32; expect 0
alone evaluate runs/f32; expect 0
"$PYTHON" "$TESTS/system/predict_with_pytorch.py" shards runs/f32 1e-4
ranks 2 train small.yaml train.epochs=2 run.name=auto; expect 0
alone evaluate runs/auto; expect 0
"$PYTHON" "$TESTS/system/predict_with_pytorch.py" shards runs/auto 3e-2
