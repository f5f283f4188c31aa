#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# stockstats 0.6.10: close_5_d is a difference to the future, and no column has a warm-up.
#
# Guess: close_5_d is the change over the last five rows, as diff(5) in pandas, and NaN where there are none.
# Seen: a positive number looks ahead: close_5_d is this close minus the one five rows later, and close_5_s is
# the later close itself. The last rows, where NaN would give it away, are 0 and the last close. close_-5_d
# looks back. Its first rows are 0, and an RSI over 14 rows is 100 in the second row.
# Why it matters: a model that gets close_5_d as a feature sees the target. Its backtest is excellent, and live
# the newest rows are always 0. Dropping rows with NaN removes neither these nor the unready first rows.
source "$(dirname "$0")/lib.sh"
packages stockstats==0.6.10 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
import pandas as pd
import stockstats
from finding import expect

close = 50_000 + np.cumsum(np.random.default_rng(1).normal(0, 50, 60))
candles = stockstats.wrap(pd.DataFrame(
    {"open": close, "high": close + 5, "low": close - 5, "close": close, "volume": 1.0},
    index=pd.date_range("2024-01-01", periods=close.size, freq="min"),
))

shifted = candles["close_5_s"].to_numpy()
expect((shifted[:-5] == close[5:]).all(), "close_5_s is the close five rows later", shifted[0], close[5])
expect((shifted[-5:] == close[-1]).all(), "its last rows are the last close", shifted[-5:])
change = candles["close_5_d"].to_numpy()
expect(np.allclose(change[:-5], close[:-5] - close[5:]), "close_5_d is this close minus a later one", change[0])
expect((change[-5:] == 0).all(), "its last rows", change[-5:])
back = candles["close_-5_d"].to_numpy()
expect(np.allclose(back[5:], close[5:] - close[:-5]), "close_-5_d looks back", back[5])
expect((back[:5] == 0).all(), "its first rows", back[:5])
rsi = candles["rsi_14"].to_numpy()
expect(np.isfinite(rsi).all() and rsi[1] in (0, 100), "RSI of the first rows", rsi[:3])
PYTHON
