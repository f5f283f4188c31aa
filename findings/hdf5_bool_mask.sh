#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# h5py 3.16.0, xarray 2026.9.0, netCDF4 1.7.5.1, PyTables 3.11.1: a mask from a file selects the wrong rows.
#
# Guess: a boolean array is boolean in every reader, or at least fails as an index.
# Seen: HDF5 has no boolean type, and h5py writes an enumeration of FALSE and TRUE. xarray reads it as bool
# with engine="h5netcdf" and as int8 with engine="netcdf4"; PyTables gives int8. NumPy takes an int8 index for
# row numbers: price[mask] returns the rows 0 and 1 over and over, with as many rows as the mask has, and
# ~mask is -1 and -2.
# Why it matters: the engine that xarray selects depends on the packages that are installed. A feature
# computed on price[valid] has a wrong content and a plausible length. Use mask.astype(bool).
source "$(dirname "$0")/lib.sh"
packages h5py==3.16.0 xarray==2026.9.0 netCDF4==1.7.5.1.post1 h5netcdf==1.8.2 tables==3.11.1 \
  pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import h5py
import numpy as np
import tables
import xarray
from finding import expect

with h5py.File("candles.h5", "w") as file:
    file["valid"] = np.array([True, False, True, True])
    file["price"] = np.array([101.0, 102.0, 103.0, 104.0])

right, wrong = [101, 103, 104], [102, 101, 102, 102]
with h5py.File("candles.h5") as file:
    rows = file["price"][:][file["valid"][:]]
    expect(rows.tolist() == right, "valid rows with h5py", rows)
with xarray.open_dataset("candles.h5", engine="h5netcdf", phony_dims="sort") as file:
    rows = file["price"].values[file["valid"].values]
    expect(rows.tolist() == right, "valid rows with xarray and h5netcdf", rows)
with xarray.open_dataset("candles.h5", engine="netcdf4") as file:
    rows = file["price"].values[file["valid"].values]
    expect(rows.tolist() == wrong, "valid rows with xarray and netcdf4", rows)
    expect((~file["valid"].values).all(), "rows that are not valid, as numbers", ~file["valid"].values)
with tables.open_file("candles.h5") as file:
    rows = file.root.price[:][file.root.valid[:]]
    expect(rows.tolist() == wrong, "valid rows with PyTables", rows)
PYTHON
