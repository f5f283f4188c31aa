# SPDX-License-Identifier: Apache-2.0
"""The ONNX models of the findings about LSTMs: one node with fixed random weights."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FEATURES, HIDDEN = 4, 8
random = np.random.default_rng(0)
WEIGHTS = {
    "W": (1, 4 * HIDDEN, FEATURES),
    "R": (1, 4 * HIDDEN, HIDDEN),
    "B": (1, 8 * HIDDEN),
}
WEIGHTS = {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in WEIGHTS.items()}


def lstm(lengths=False, **attributes):
    """A model of one LSTM layer: X [T,N,4] to Y [T,1,N,8] and Y_h [1,N,8]; lengths [N] if asked for."""
    inputs = [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["T", "N", FEATURES])]
    if lengths:
        inputs.append(helper.make_tensor_value_info("lengths", TensorProto.INT32, ["N"]))
    names = ["X", *WEIGHTS] + ["lengths"] * lengths
    outputs = {"Y": ["T", 1, "N", HIDDEN], "Y_h": [1, "N", HIDDEN]}
    graph = helper.make_graph(
        [helper.make_node("LSTM", names, list(outputs), hidden_size=HIDDEN, **attributes)],
        "forecaster",
        inputs,
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        [numpy_helper.from_array(values, name) for name, values in WEIGHTS.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def windows(steps, count):
    """Random windows [T,N,4]."""
    return np.random.default_rng(1).normal(size=(steps, count, FEATURES)).astype(np.float32)


def run(model, **inputs):
    """Y and Y_h of ONNX Runtime on the CPU for a model or the path of one."""
    source = model if isinstance(model, str) else model.SerializeToString()
    session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)
