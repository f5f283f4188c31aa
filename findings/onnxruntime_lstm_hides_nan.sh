#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ONNX Runtime 1.32.0: an LSTM turns NaN into a finite forecast.
#
# Guess: NaN in a window gives NaN in the forecast, as in the reference evaluator of ONNX.
# Seen: on the CPU one NaN in a window changes the later outputs a little, and all of them are finite. A window
# that is all NaN gives 1 in every unit, as if every gate were fully open. The operators Sigmoid and Tanh of
# the same runtime, and the reference evaluator, return NaN.
# Why it matters: a check for non-finite forecasts never fires. A gap in the candles that reaches the exported
# model gives a plausible number, and the same model says NaN where it was trained. Check the input instead.
source "$(dirname "$0")/lib.sh"
packages onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
from finding import expect
from lstm_model import lstm, run, windows
from onnx import TensorProto, helper
from onnx.checker import check_model
from onnx.reference import ReferenceEvaluator

model = lstm()
check_model(model, full_check=True)
good = windows(steps=10, count=1)
gap = good.copy()
gap[5, 0, 0] = np.nan

reference = ReferenceEvaluator(model).run(None, {"X": gap})[1]
expect(np.isnan(reference).all(), "last output of the reference evaluator", reference[0, 0, :3])

clean, dirty = run(model, X=good)[1], run(model, X=gap)[1]
expect(np.isfinite(dirty).all(), "last output of ONNX Runtime for one NaN", dirty[0, 0, :3])
expect(0 < np.abs(dirty - clean).max() < 1, "the same without the NaN", clean[0, 0, :3])

for name in ("Sigmoid", "Tanh"):
    vector = [helper.make_tensor_value_info(edge, TensorProto.FLOAT, [None]) for edge in "XY"]
    graph = helper.make_graph([helper.make_node(name, ["X"], ["Y"])], name, vector[:1], vector[1:])
    gate = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    value = run(gate, X=np.full(3, np.nan, np.float32))[0]
    expect(np.isnan(value).all(), f"the operator {name} keeps NaN", value)

empty = run(model, X=np.full_like(good, np.nan))[1]
expect((np.abs(empty - 1) < 1e-3).all(), "last output for a window of NaN", empty[0, 0, :3])
PYTHON
