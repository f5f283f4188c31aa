#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# safetensors 0.8.0: the same tensors and metadata give another file each time.
#
# Guess: the writer sorts the tensors, so equal input gives equal bytes.
# Seen: tensors are sorted, but the entries of __metadata__ come from a hash map and have a new order on each
# call, even in one process. Ten calls give many digests; without metadata they give one.
# Why it matters: a digest of a model file does not tell whether the model changed, copies are not
# deduplicated, and a run that is reproduced exactly seems not to be. Compare tensors, or keep at most one
# entry, for example one JSON text.
source "$(dirname "$0")/lib.sh"
packages safetensors==0.8.0 numpy==2.4.6

observe <<'PYTHON'
import hashlib
import json
import numpy as np
from finding import expect
from safetensors.numpy import load, save

tensors = {"weight": np.arange(4, dtype=np.float32), "bias": np.zeros(2, np.float32)}
metadata = {f"feature_{i}": "log_return" for i in range(8)}

def digests(entries):
    return len({hashlib.sha256(save(tensors, entries)).hexdigest() for _ in range(10)})

expect(digests(metadata) > 1, "files from ten calls with eight entries of metadata", digests(metadata))
expect(digests(None) == 1, "files from ten calls without metadata", digests(None))
expect(digests({"features": json.dumps(metadata)}) == 1, "files from ten calls with one entry", 1)
back = load(save(tensors, metadata))
expect(all(np.array_equal(back[name], tensors[name]) for name in tensors), "the tensors are right", list(back))
PYTHON
