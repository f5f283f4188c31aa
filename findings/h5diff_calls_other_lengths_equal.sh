#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# h5diff of HDF5 1.10.8 (hdf5-tools of Debian 12): exit status 0 for datasets of different lengths or types.
#
# Guess: as with diff and cmp, 0 means equal, 1 different, 2 trouble.
# Seen: datasets that differ in length or in integer against floating point are "not comparable", and that is
# no difference: status 0. A remark is printed, -q silences it. A difference of one value, and a missing
# dataset, give 1. float32 and float64 of equal values count as equal.
# Why it matters: a script that checks a copied, resampled or rebuilt file with `h5diff a b && rm a` accepts
# one that lost its last rows. Look for "not comparable" in the output as well.
source "$(dirname "$0")/lib.sh"
command -v h5diff >/dev/null || { echo "This finding needs h5diff. Install hdf5-tools?" >&2; exit 1; }
packages h5py==3.16.0 numpy==2.4.6
h5diff --version

observe <<'PYTHON'
import subprocess
import h5py
import numpy as np
from finding import expect

def status(one, other):
    for name, close in (("one.h5", one), ("other.h5", other)):
        with h5py.File(name, "w") as file:
            file["close"] = close
    command = ["h5diff", "-q", "one.h5", "other.h5"]
    return subprocess.run(command, capture_output=True, timeout=20).returncode

close = np.arange(10.0)
expect(status(close, close + 1) == 1, "exit status for other values", 1)
expect(status(close, close[:9]) == 0, "exit status for a lost row", 0)
expect(status(close, close[:0]) == 0, "exit status for an empty dataset", 0)
expect(status(close, (close + 1).astype(np.int64)) == 0, "exit status for other values of another type", 0)
PYTHON
