#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# h5dump of HDF5 1.10.8 (hdf5-tools of Debian 12): prices are written with six digits.
#
# Guess: a tool that exports numbers (-o FILE -y) writes enough digits to read them back.
# Seen: doubles are printed with six significant digits. 50123.47 and 50123.48 both become 50123.5, and
# 150000500 becomes 1.5e+08. Integers are complete. -m "%.17g" repairs it.
# Why it matters: prices lose their cents, and the value that was traded in a minute, in won, keeps six of its
# ten digits. Neighboring rows become equal in the exported text, so small returns become 0.
source "$(dirname "$0")/lib.sh"
command -v h5dump >/dev/null || { echo "This finding needs h5dump. Install hdf5-tools?" >&2; exit 1; }
packages h5py==3.16.0 numpy==2.4.6
h5dump --version

observe <<'PYTHON'
import subprocess
import h5py
import numpy as np
from finding import expect

close = np.array([50123.47, 50123.48, 150000500.0, 150001000.0])
with h5py.File("candles.h5", "w") as file:
    file["close"] = close

def exported(*options):
    command = ["h5dump", "-d", "close", "-o", "close.txt", "-y", *options, "candles.h5"]
    subprocess.run(command, capture_output=True, check=True, timeout=20)
    return [float(number) for number in open("close.txt").read().split(",")]

numbers = exported()
expect(numbers == [50123.5, 50123.5, 1.5e8, 1.50001e8], "exported prices", numbers)
numbers = exported("-m", "%.17g")
expect(numbers == close.tolist(), "exported prices with -m %.17g", numbers)
PYTHON
