#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# onnx 1.23.2: the reference evaluator of ONNX ignores the lengths of the windows and most attributes of LSTM.
#
# Guess: the reference is slow and obeys the specification; where a runtime differs, the runtime is wrong.
# Seen: with the input sequence_lens it computes all windows over the full length, where ONNX Runtime 1.32.0
# ends each at its own. It also ignores clip, input_forget and the chosen activations. The checker accepts the
# models, and nothing is reported. A plain LSTM agrees to 1e-6.
# Why it matters: an export of a model with padded windows is often verified against the reference. The
# verification fails for right files and passes for files that lack the lengths.
source "$(dirname "$0")/lib.sh"
packages onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
from finding import expect
from lstm_model import lstm, run, windows
from onnx.checker import check_model
from onnx.reference import ReferenceEvaluator

x = windows(steps=6, count=3)

def difference(model, **inputs):
    """Of the last hidden states of ONNX Runtime and the reference."""
    check_model(model, full_check=True)
    pair = run(model, **inputs)[1], ReferenceEvaluator(model).run(None, inputs)[1]
    return float(np.abs(pair[0] - pair[1]).max())

plain = difference(lstm(), X=x)
expect(plain < 1e-5, "difference of a plain LSTM", plain)

lengths = np.array([6, 3, 1], np.int32)
ended = run(lstm(lengths=True), X=x, lengths=lengths)[1]
for window, length in enumerate(lengths):
    alone = run(lstm(), X=x[:length, window:window + 1])[1]
    expect(np.allclose(ended[:, window:window + 1], alone, atol=1e-5),
           f"ONNX Runtime ends window {window} at its length", length)
padded = ReferenceEvaluator(lstm(lengths=True)).run(None, {"X": x, "lengths": lengths})[1]
full = ReferenceEvaluator(lstm()).run(None, {"X": x})[1]
expect(np.array_equal(padded, full), "the reference gives the same with and without lengths", padded[0, 1, :3])

for attributes in ({"clip": 0.1}, {"input_forget": 1}, {"activations": ["HardSigmoid", "Tanh", "Tanh"]}):
    changed = difference(lstm(**attributes), X=x)
    expect(changed > 0.01, f"difference with {attributes}", changed)
    same = np.array_equal(ReferenceEvaluator(lstm(**attributes)).run(None, {"X": x})[1], full)
    expect(same, f"the reference gives the same with and without {attributes}", same)
PYTHON
