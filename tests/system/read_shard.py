# SPDX-License-Identifier: Apache-2.0
"""What Python's readers of HDF5 and netCDF see of a shard: read_shard.py SHARD MARKET TIMEFRAMES

Readers that are not installed are skipped. Fails with a traceback if one sees something else.
"""
import importlib
import sys

FEATURES = 23


def check_h5py(path, market, timeframes):
    h5py = importlib.import_module("h5py")
    with h5py.File(path) as shard:
        assert shard.attrs["market"] == market, shard.attrs["market"]
        assert shard.attrs["timeframes"].split(",") == timeframes
        assert isinstance(shard["samples/close"].attrs["units"], str)
        assert shard["samples/close"].dtype == "float64"
        for timeframe in timeframes:
            features = shard[timeframe]["features"]
            names = features.dims[1]["feature"].asstr()[:]
            assert list(names) == list(shard.attrs["feature_names"]), names
            assert len(features.dims[0]["time"]) == len(features)


def check_xarray(engine):
    def check(path, market, timeframes):
        xarray = importlib.import_module("xarray")
        importlib.import_module({"netcdf4": "netCDF4"}.get(engine, engine))
        with xarray.open_dataset(path, engine=engine) as root:
            assert root.attrs["market"] == market, root.attrs["market"]
            assert root.attrs["timeframes"].split(",") == timeframes
        for timeframe in timeframes:
            with xarray.open_dataset(path, engine=engine, group=timeframe) as bars:
                assert bars["features"].dims == ("time", "feature"), bars["features"].dims
                assert bars["feature"].values[0] == "log_return_1"
                assert bars["filled"].dims == ("time",)
                assert str(bars["time"].dtype).startswith("datetime64"), bars["time"].dtype
                assert not bars["features"].sel(feature="rsi_14").isnull().any()
        with xarray.open_dataset(path, engine=engine, group="samples") as samples:
            assert samples["close"].dims == ("time",) and samples["close"].dtype == "float64"
    return check


def check_netcdf4(path, market, timeframes):
    netcdf4 = importlib.import_module("netCDF4")
    with netcdf4.Dataset(path) as shard:
        assert shard.market == market, shard.market
        assert set(shard.groups) == {*timeframes, "samples"}, set(shard.groups)
        for timeframe in timeframes:
            bars = shard[timeframe]
            assert bars["features"].dimensions == ("time", "feature")
            assert len(bars["feature"][:]) == FEATURES


def main(path, market, timeframes):
    readers = {"h5py": check_h5py, "netCDF4": check_netcdf4,
               "xarray with netCDF4": check_xarray("netcdf4"),
               "xarray with h5netcdf": check_xarray("h5netcdf")}
    for name, check in readers.items():
        try:
            check(path, market, timeframes.split(","))
            print(f"{name}: reads everything")
        except ModuleNotFoundError as missing:
            print(f"{name}: skipped ({missing.name} is not installed)")


if __name__ == "__main__":
    main(*sys.argv[1:])
