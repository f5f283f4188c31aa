#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# TA-Lib 0.8.2, pandas-ta-classic 0.8.32, stockstats 0.6.10, talipp 2.7.0: four values for the RSI of a flat
# market, and one library contradicts itself.
#
# Guess: without a price change the RSI is 0/0, thus NaN everywhere, or 50 by convention.
# Seen: TA-Lib 0, pandas-ta-classic NaN, stockstats 50, talipp 100. In TA-Lib the stochastic %K is 0, the
# bottom of its range, and Williams %R is also 0, the top of its range, although %R = %K - 100. Aroon up and
# Aroon down are both 100.
# Why it matters: minutes without trades that were filled with the last close are flat. The same filled
# candles are "oversold", "overbought" or undefined, depending on the library, and features from two
# libraries, or a model that was trained with one and is served with another, disagree by the whole range.
source "$(dirname "$0")/lib.sh"
packages TA-Lib==0.8.2 pandas-ta-classic==0.8.32 stockstats==0.6.10 talipp==2.7.0 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import math
import numpy as np
import pandas as pd
import pandas_ta_classic
import stockstats
import talib
from finding import expect
from talipp.indicators import RSI

flat = np.full(60, 50_000.0)
candles = pd.DataFrame(
    {"open": flat, "high": flat, "low": flat, "close": flat, "volume": 0.0},
    index=pd.date_range("2024-01-01", periods=flat.size, freq="min"),
)

rsi = talib.RSI(flat)[-1]
expect(rsi == 0, "RSI of TA-Lib", rsi)
rsi = pandas_ta_classic.rsi(candles["close"], talib=False).iloc[-1]
expect(math.isnan(rsi), "RSI of pandas-ta-classic", rsi)
rsi = stockstats.wrap(candles.copy())["rsi_14"].iloc[-1]
expect(rsi == 50, "RSI of stockstats", rsi)
rsi = RSI(14, flat.tolist())[-1]
expect(rsi == 100, "RSI of talipp", rsi)

fast_k = talib.STOCHF(flat, flat, flat)[0][-1]
percent_r = talib.WILLR(flat, flat, flat)[-1]
expect(fast_k == 0, "%K of TA-Lib, the bottom of 0 to 100", fast_k)
expect(percent_r == 0, "%R of TA-Lib, the top of -100 to 0", percent_r)
down, up = (values[-1] for values in talib.AROON(flat, flat))
expect(down == 100 and up == 100, "Aroon down and up of TA-Lib", down, up)
PYTHON
