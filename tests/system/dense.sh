#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Training on dense shards written by h5py produces the same checkpoints, byte for byte, as training on
# the compact shards from which they were made. PYTHON must have h5py and numpy.
. "$(dirname "$0")/lib.sh"
market
"$PYTHON" "$TESTS/system/make_dense.py" shards dense
ranks 2 train small.yaml run.name=compact train.epochs=2; expect 0
ranks 2 train small.yaml run.name=dense data.shards=dense train.epochs=2; expect 0
same_checkpoints runs/compact runs/dense
alone evaluate runs/dense; expect 0
alone inspect "$(ls dense/KRW-BTC/*.h5 | head -1)"; expect 0 '"layout": "dense"' 'make_dense.py'
