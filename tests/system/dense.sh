#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Dense shards that h5py wrote train to the same checkpoints, byte for byte, as the compact shards
# they were made of. PYTHON must have h5py and numpy.
. "$(dirname "$0")/lib.sh"
market
"$PYTHON" "$TESTS/system/make_dense.py" shards dense
ranks 2 train small.yaml run.name=compact train.epochs=2; expect 0
ranks 2 train small.yaml run.name=dense data.shards=dense train.epochs=2; expect 0
same_checkpoints runs/compact runs/dense
alone evaluate runs/dense; expect 0
alone inspect "$(ls dense/KRW-BTC/*.h5 | head -1)"; expect 0 '"layout": "dense"' 'make_dense.py'
