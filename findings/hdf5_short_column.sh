#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# xarray 2026.9.0 with h5netcdf 1.8.2 and netCDF4 1.7.5.1: the missing end of a column is a price of 0 or 1e37.
#
# Guess: where a column is shorter than the time axis it is attached to, the rows without a value are NaN, or
# the file is refused; the two engines agree.
# Seen: if both can grow, as while candles are appended, engine="h5netcdf" returns 0 for the missing rows and
# engine="netcdf4" 9.97e+36, and neither is masked. If the time axis is the shorter one, its missing times are
# 0, which is 1970, with h5netcdf. With fixed sizes netcdf4 refuses the file and h5netcdf returns 0. If the
# writer declares NaN as the fill value of the dataset, both return NaN.
# Why it matters: a reader that opens a file between the extension of the time and of the prices sees a crash of
# the price to 0, or an overflow, in the newest rows, which are the ones that a forecast starts from.
source "$(dirname "$0")/lib.sh"
packages h5py==3.16.0 xarray==2026.9.0 netCDF4==1.7.5.1.post1 h5netcdf==1.8.2 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import h5py
import numpy as np
import xarray
from finding import expect

def last_row(engine, times, prices, growing=True, fill=None):
    """The last time and price of a file with these numbers of rows."""
    layout = {"maxshape": (None,), "chunks": (4,)} if growing else {}
    with h5py.File("candles.h5", "w") as file:
        time = file.create_dataset("time", data=1_704_067_200 + 60 * np.arange(times), **layout)
        time.make_scale("time")
        close = file.create_dataset("close", data=np.full(prices, 100.0), fillvalue=fill, **layout)
        close.dims[0].attach_scale(time)
    with xarray.open_dataset("candles.h5", engine=engine) as file:
        return file["time"].values[-1], file["close"].values[-1]

price = last_row("h5netcdf", 6, 4)[1]
expect(price == 0, "last price with h5netcdf", price)
price = last_row("netcdf4", 6, 4)[1]
expect(price > 9e36, "last price with netcdf4", price)
time = last_row("h5netcdf", 4, 6)[0]
expect(time == 0, "last time with h5netcdf", time)
price = last_row("h5netcdf", 6, 4, growing=False)[1]
expect(price == 0, "last price of fixed size with h5netcdf", price)
try:
    last_row("netcdf4", 6, 4, growing=False)
    expect(False, "netcdf4 refuses the file of fixed size")
except RuntimeError as error:
    expect(True, "netcdf4 refuses the file of fixed size", error)
for engine in ("h5netcdf", "netcdf4"):
    price = last_row(engine, 6, 4, fill=np.nan)[1]
    expect(np.isnan(price), f"last price with {engine} and a fill value of NaN", price)
PYTHON
