#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# HDF5 2.0.0 (h5py 3.16.0): the scale-offset filter with D decimals sets all values below 10^-D to zero.
#
# Guess: scaleoffset=3 rounds to three decimals, so 0.0009 becomes 0.001 and no error exceeds 0.0005.
# Seen: values that are closer than 0.001 to the fill value, which is 0 unless set, are taken for the fill
# value: 0.0009 becomes 0. All others are rounded to steps that start at the smallest one left, so 0.0011
# becomes 0.0013, not 0.001. With a fill value far from the data 0.0009 no longer becomes 0.
# Why it matters: a log return of a minute is mostly below 0.001. The filter erases just these, and the error
# is twice the guess. It is worse for prices with a fill value inside their range.
source "$(dirname "$0")/lib.sh"
packages h5py==3.16.0 numpy==2.4.6

observe <<'PYTHON'
import h5py
import numpy as np
from finding import expect

print("h5py", h5py.__version__, "with HDF5", h5py.version.hdf5_version)

def stored(values, decimals, fill=None):
    with h5py.File("returns.h5", "w") as file:
        file.create_dataset("x", data=values, chunks=values.shape, scaleoffset=decimals, fillvalue=fill)
    with h5py.File("returns.h5") as file:
        return file["x"][:]

returns = np.array([0.0009, 0.0011, -0.0009, -0.0257, 0.0124])
back = stored(returns, 3)
expect(back[0] == 0 and back[2] == 0, "0.0009 and -0.0009 with three decimals", back[0], back[2])
expect(abs(back[1] - 0.0013) < 1e-9, "0.0011 with three decimals", back[1])
expect(np.abs(back - returns).max() > 0.0008, "largest error", np.abs(back - returns).max())

back = stored(returns, 3, fill=-99)
expect(np.abs(back - returns).max() <= 0.0005 + 1e-9, "largest error with a far fill value",
       np.abs(back - returns).max())

prices = np.array([50_000.0, 50_000.9, 49_999.1, 50_002.0])
back = stored(prices, 0, fill=50_000)
expect((back[:3] == 50_000).all(), "prices near a fill value of 50000", back)
PYTHON
