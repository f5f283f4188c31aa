#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A checkpoint's weights, loaded by the safetensors library into PyTorch's nn.LSTM, predict what
# `moneta evaluate` predicts; and the table's numbers follow from the predictions. PYTHON must have
# torch, safetensors, h5py and numpy.
. "$(dirname "$0")/lib.sh"
market
ranks 2 train small.yaml train.epochs=2; expect 0
alone evaluate runs/small; expect 0
"$PYTHON" "$TESTS/mpi/predict_with_pytorch.py" shards runs/small
