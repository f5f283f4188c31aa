# SPDX-License-Identifier: Apache-2.0
"""Exchange with the reference library: `exchange.py read FILE` checks the checkpoint of
sample_state.h, `exchange.py write FILE` writes tensors that exchange_test.cc reads."""
import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

command, path = sys.argv[1:]
if command == "write":
    tensors = {
        "f": np.arange(6, dtype=np.float32).reshape(2, 3) / 3,
        "i": np.array([-1, 2], dtype=np.int64),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "scalar": np.array(0.5, dtype=np.float64),
    }
    save_file(tensors, path, metadata={"made by": "safetensors", "quote": "\"\n\u00e9"})
else:
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        assert metadata["format"] == "moneta-checkpoint", metadata
        assert json.loads(metadata["progress"])["valid_loss"] == 0.1, metadata
        scaler = json.loads(metadata["scaler"])
        assert np.float32(scaler["feature_mean"][0][0]) == np.float32(0.1), scaler
        weight = file.get_tensor("encoder.1m.weight_ih_l0")
        largest = np.finfo(np.float32).max
        expected = np.array([[0.1, -0.0, 1.4e-45], [largest, -largest, 1 / 3]], dtype=np.float32)
        assert weight.dtype == np.float32 and weight.shape == (2, 3), weight
        assert weight.tobytes() == expected.tobytes(), weight
        assert file.get_tensor("optim.m.scale").shape == ()
        assert len(file.keys()) == 9, file.keys()
