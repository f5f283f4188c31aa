#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# HDF5 2.0.0 (h5py 3.16.0): fletcher32 does not notice when zeros turn into NaN.
#
# Guess: a 32-bit checksum finds any damage within a few neighboring bytes.
# Seen: the sums are taken modulo 65535, so the words 0000 and FFFF are equal to it. If the eight bytes of a
# value 0.0 become FF, the chunk passes and the value is NaN; an integer 0 becomes -1. A single changed bit in
# the same place is found.
# Why it matters: erased flash memory reads as FF, and zeros are common: minutes without volume, returns without
# change. A digest of the whole file, or a test for NaN, is needed beside the filter.
source "$(dirname "$0")/lib.sh"
packages h5py==3.16.0 numpy==2.4.6

observe <<'PYTHON'
import h5py
import numpy as np
from finding import expect

print("h5py", h5py.__version__, "with HDF5", h5py.version.hdf5_version)
ROW = 34

def read_after(values, damage):
    """The rows that are read after `damage` has changed the eight bytes of one row in the file."""
    with h5py.File("volume.h5", "w") as file:
        x = file.create_dataset("x", data=values, chunks=values.shape, fletcher32=True)
        offset = x.id.get_chunk_info(0).byte_offset + 8 * ROW
    with open("volume.h5", "r+b") as file:
        file.seek(offset)
        row = damage(file.read(8))
        file.seek(offset)
        file.write(row)
    with h5py.File("volume.h5") as file:
        return file["x"][:]

def set_all_bits(row):
    return b"\xff" * len(row)

def flip_one_bit(row):
    return bytes([row[0] ^ 1]) + row[1:]

volume = np.concatenate([np.arange(1.0, 33.0), np.zeros(8)])
back = read_after(volume, set_all_bits)
others = np.arange(volume.size) != ROW
unchanged = (back[others] == volume[others]).all()
expect(np.isnan(back[ROW]) and unchanged, "a volume of 0.0 is read as", back[ROW])
back = read_after(volume.astype(np.int64), set_all_bits)
expect(back[ROW] == -1, "an integer 0 is read as", back[ROW])
try:
    read_after(volume, flip_one_bit)
    expect(False, "one changed bit is found")
except OSError as error:
    expect(True, "one changed bit is found", error)
PYTHON
