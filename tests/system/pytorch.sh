#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The weights of a checkpoint, loaded into PyTorch's nn.LSTM by the safetensors library, produce the
# predictions of `moneta evaluate`, and the numbers of the table follow from the predictions. PYTHON must
# have torch, safetensors, h5py and numpy.
. "$(dirname "$0")/lib.sh"
market
# Within the rounding of float32, and with the automatic precision within that of bf16.
ranks 2 train small.yaml train.epochs=2 train.precision=f32 run.name=f32; expect 0
alone evaluate runs/f32; expect 0
"$PYTHON" "$TESTS/system/predict_with_pytorch.py" shards runs/f32 1e-4
ranks 2 train small.yaml train.epochs=2 run.name=auto; expect 0
alone evaluate runs/auto; expect 0
"$PYTHON" "$TESTS/system/predict_with_pytorch.py" shards runs/auto 3e-2
