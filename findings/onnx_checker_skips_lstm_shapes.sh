#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# onnx 1.23.2: the full check accepts an LSTM whose weights cannot be used.
#
# Guess: check_model(full_check=True) and strict shape inference compare the shapes of W, R and B with
# hidden_size, as they do for matrix products and convolutions.
# Seen: W with three gates instead of four, R for another hidden size, and B without its recurrent
# half all pass. So does the attribute direction="sideways". Each fails at the first run only. A Gemm with a
# wrong weight is refused.
# Why it matters: the order and number of gates and the two biases are what a hand-written LSTM export gets
# wrong. A pipeline that publishes a model after the checker publishes one that no client can run. Run one
# window instead.
source "$(dirname "$0")/lib.sh"
packages onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

observe <<'PYTHON'
import onnxruntime
from finding import expect
from lstm_model import HIDDEN, WEIGHTS, lstm, run, windows
from onnx import TensorProto, helper, numpy_helper
from onnx.checker import check_model
from onnx.shape_inference import infer_shapes

onnxruntime.set_default_logger_severity(4)

def accepted(model):
    try:
        check_model(model, full_check=True)
        infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        return True
    except Exception:
        return False

def runs(model):
    try:
        run(model, X=windows(steps=6, count=3))
        return True
    except Exception:
        return False

def with_weights(name, values):
    model = lstm()
    for stored in model.graph.initializer:
        if stored.name == name:
            stored.CopyFrom(numpy_helper.from_array(values.copy(), name))
    return model

expect(accepted(lstm()) and runs(lstm()), "the right model is accepted and runs", True)
for description, model in {
    "W with three gates": with_weights("W", WEIGHTS["W"][:, :3 * HIDDEN]),
    "R of another hidden size": with_weights("R", WEIGHTS["R"][:, :, :HIDDEN - 1]),
    "B without its second half": with_weights("B", WEIGHTS["B"][:, :4 * HIDDEN]),
    "direction='sideways'": lstm(direction="sideways"),
}.items():
    expect(accepted(model), f"{description} is accepted", True)
    expect(not runs(model), f"{description} does not run", True)

edges = {"A": [2, 4], "B": [3, 5]}
graph = helper.make_graph(
    [helper.make_node("Gemm", list(edges), ["Y"])], "gemm",
    [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in edges.items()],
    [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [2, 5])])
gemm = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
expect(not accepted(gemm), "Gemm with a wrong weight is refused", True)
PYTHON
