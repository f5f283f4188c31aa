#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ONNX Runtime 1.32.0: an LSTM with the batch first cannot be loaded.
#
# Guess: layout=1 (windows [N,T,F] instead of [T,N,F]) is in the standard since opset 14, so a runtime that
# accepts opset 17 has it.
# Seen: onnx 1.23.2 checks the model, infers its shapes and evaluates it. ONNX Runtime refuses to create the
# session on the CPU.
# Why it matters: an export that keeps the batch-first order of most training code, and so saves two
# transpositions, is a valid file that this runtime cannot load. Transpose around a layout=0 LSTM.
source "$(dirname "$0")/lib.sh"
packages onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

observe <<'PYTHON'
import onnxruntime
from finding import expect
from lstm_model import HIDDEN, lstm, run, windows
from onnx.checker import check_model
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)
x = windows(steps=6, count=3).transpose(1, 0, 2).copy()
model = lstm(layout=1)
for output, shape in zip(model.graph.output, (("N", "T", 1, HIDDEN), ("N", 1, HIDDEN))):
    for dimension, size in zip(output.type.tensor_type.shape.dim, shape):
        dimension.dim_param = ""
        dimension.Clear()
        if isinstance(size, int):
            dimension.dim_value = size
        else:
            dimension.dim_param = size
check_model(model, full_check=True)
last = ReferenceEvaluator(model).run(None, {"X": x})[1]
expect(last.shape[-1] == HIDDEN, "shape of the last output of the reference", last.shape)
try:
    run(model, X=x)
    expect(False, "ONNX Runtime refuses the model")
except Exception as error:
    expect("layout == 1" in str(error), "ONNX Runtime refuses the model", str(error)[-120:])
PYTHON
