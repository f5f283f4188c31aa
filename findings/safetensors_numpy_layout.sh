#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# safetensors 0.8.0: the NumPy writer stores the elements of a transposed array in the wrong order.
#
# Guess: save() writes the values of the array, or refuses an array that is not contiguous, as the PyTorch
# writer of the same package does.
# Seen: it writes the memory as it lies. A transposed matrix, a matrix in Fortran order and a column slice come
# back with the right shape and type and with the wrong elements. There is no message.
# Why it matters: weights are often transposed on export, because frameworks differ in [out, in] and [in, out]
# and in the order of the gates. The file passes every check of shape, and the forecast is noise.
# numpy.ascontiguousarray before save() repairs it.
source "$(dirname "$0")/lib.sh"
packages safetensors==0.8.0 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
from finding import expect
from safetensors.numpy import load, save

matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
for name, array in {
    "transposed": matrix.T,
    "in Fortran order": np.asfortranarray(matrix),
    "a column slice": matrix[:, :2],
}.items():
    back = load(save({"weight": array}))["weight"]
    expect(back.shape == array.shape and back.dtype == array.dtype, f"{name}: the shape is right", back.shape)
    expect(not np.array_equal(back, array), f"{name}: written and read back",
           array.tolist(), back.tolist())
    back = load(save({"weight": np.ascontiguousarray(array)}))["weight"]
    expect(np.array_equal(back, array), f"{name}: with ascontiguousarray", back.tolist())
PYTHON
