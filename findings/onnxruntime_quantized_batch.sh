#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ONNX Runtime 1.32.0: in a quantized LSTM the forecast of a window depends on the other windows of its batch.
#
# Guess: dynamic quantization has a scale per window or per row, or at least a result per window; a batch is
# only faster.
# Seen: DynamicQuantizeLSTM takes one scale of the input for the whole call. Beside a window of 50 times its
# size the error of the same window grows more than five times.
# Why it matters: coins have very different volatility, and one minute of a crash is enough. The forecast of a
# calm coin is not reproducible: it depends on which coins were in the request. Evaluate quantized models
# with the batches of production, or one window per call.
source "$(dirname "$0")/lib.sh"
packages onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

observe <<'PYTHON'
import logging
import numpy as np
import onnx
from finding import expect
from lstm_model import lstm, run, windows
from onnxruntime.quantization import QuantType, quantize_dynamic

logging.disable(logging.WARNING)
onnx.save(lstm(), "float.onnx")
quantize_dynamic("float.onnx", "quantized.onnx", weight_type=QuantType.QInt8)
nodes = [node.op_type for node in onnx.load("quantized.onnx").graph.node]
expect(nodes == ["DynamicQuantizeLSTM"], "nodes of the quantized model", nodes)

calm = windows(steps=6, count=1)
pair = np.concatenate([calm, 50 * windows(steps=6, count=2)[:, 1:]], axis=1)

exact = run("float.onnx", X=calm)[1]
together = run("float.onnx", X=pair)[1][:, :1]
expect(np.allclose(exact, together, atol=1e-6), "in float the batch does not matter", together[0, 0, :3])

alone = np.abs(run("quantized.onnx", X=calm)[1] - exact).max()
beside = np.abs(run("quantized.onnx", X=pair)[1][:, :1] - exact).max()
expect(beside > 5 * alone, "error of the window alone, and beside a volatile one", alone, beside)
PYTHON
