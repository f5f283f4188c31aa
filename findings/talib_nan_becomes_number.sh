#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# TA-Lib 0.8.2: after one NaN, the RSI is 0 for all later rows.
#
# Guess: NaN in, NaN out. An average with memory stays NaN, and dropna() or isfinite() finds the rows.
# Seen: SMA and EMA do that. RSI, CMO, PLUS_DI and MINUS_DI return exactly 0 in all later rows, ADX repeats
# its last good value, and HT_TRENDLINE falls to 0 within three rows.
# Why it matters: a single missing minute that is stored as NaN becomes a finite feature: "oversold" for the
# rest of the series. A check for NaN after the computation passes. Fill or cut gaps before TA-Lib.
source "$(dirname "$0")/lib.sh"
packages TA-Lib==0.8.2 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
import talib
from finding import expect

print("TA-Lib", talib.__version__)
missing = 100
close = 50_000 + np.cumsum(np.random.default_rng(1).normal(0, 50, 300))
close[missing] = np.nan
high, low = close + 10, close - 10

average = talib.EMA(close, 10)[missing:]
expect(np.isnan(average).all(), "EMA is NaN in all rows after the NaN", average[-1])

for name, values in {
    "RSI": talib.RSI(close),
    "CMO": talib.CMO(close),
    "PLUS_DI": talib.PLUS_DI(high, low, close),
    "MINUS_DI": talib.MINUS_DI(high, low, close),
}.items():
    expect((values[missing:] == 0).all(), f"{name} is 0 in all rows after the NaN", values[missing:][:3])

adx = talib.ADX(high, low, close)
expect((adx[missing:] == adx[missing - 1]).all(), "ADX repeats its last value", adx[-1])

trend = talib.HT_TRENDLINE(close)[missing:]
expect((trend[3:] == 0).all(), "HT_TRENDLINE falls to 0", trend[:5])
PYTHON
