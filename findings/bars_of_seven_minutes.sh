#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pandas 3.1.1, polars 2.1.0, DuckDB 2.0.1: three libraries cut bars of seven minutes at three places.
#
# Guess: bars are counted from midnight or from the epoch, in every library, so a bar depends on its own
# minutes only.
# Seen: pandas counts from the midnight of the first row of the data: without the first day of history all
# later bars move. polars counts from the epoch, DuckDB from 2000-01-03. The first full bars of a day begin at
# 00:00, 00:05 and 00:04. Lengths of 5 hours differ as well; 15 minutes, which divide a day, agree.
# Why it matters: a model trained on bars from one library gets bars with other opens and closes from another
# one, and with pandas a longer history gives another training set for the same days.
source "$(dirname "$0")/lib.sh"
packages pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1 numpy==2.4.6

observe <<'PYTHON'
import duckdb
import numpy as np
import pandas as pd
import polars
from finding import expect

def starts(first, days, pandas_length, polars_length, duckdb_length, day):
    """The first bar that begins on `day`, in each library."""
    minutes = pd.date_range(first, periods=days * 1440, freq="min", unit="us")
    candles = pd.DataFrame({"time": minutes, "close": np.arange(float(minutes.size))})
    bars = {
        "pandas": candles.set_index("time")["close"].resample(pandas_length).last().index,
        "polars": polars.from_pandas(candles).group_by_dynamic("time", every=polars_length)
        .agg(polars.col("close").last())["time"],
        "DuckDB": [row[0] for row in duckdb.sql(
            f"select distinct time_bucket(interval '{duckdb_length}', time) from candles").fetchall()],
    }
    first_bars = {name: min(bar for bar in found if bar >= pd.Timestamp(day)) for name, found in bars.items()}
    return {name: f"{bar:%m-%d %H:%M}" for name, bar in first_bars.items()}

seven = starts("2024-01-03", 1, "7min", "7m", "7 minutes", "2024-01-03")
expect(seven == {"pandas": "01-03 00:00", "polars": "01-03 00:05", "DuckDB": "01-03 00:04"},
       "first bar of seven minutes on January 3", seven)
longer = starts("2024-01-02", 2, "7min", "7m", "7 minutes", "2024-01-03")
expect(longer["pandas"] != seven["pandas"] and longer["polars"] == seven["polars"]
       and longer["DuckDB"] == seven["DuckDB"], "the same with one more day of history", longer)
hours = starts("2024-01-03", 1, "5h", "5h", "5 hours", "2024-01-03")
expect(len(set(hours.values())) > 1, "first bar of five hours", hours)
quarter = starts("2024-01-03", 1, "15min", "15m", "15 minutes", "2024-01-03")
expect(set(quarter.values()) == {"01-03 00:00"}, "first bar of fifteen minutes", quarter)
PYTHON
