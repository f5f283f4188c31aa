#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# backtesting.py 0.6.6: the annual volatility of the same fluctuations grows with the return.
#
# Guess: "Volatility (Ann.)" is the standard deviation of the returns times the square root of the periods in a
# year. A constant added to the log return of each minute does not change it.
# Seen: it is the standard deviation of a year's compounded result, so a gain in a short test is raised to a
# year. Ten days with a drift of 7 % in all show several times the volatility of the same ten days without the
# drift. "Sharpe Ratio" divides by it and is a fraction of the usual one.
# Why it matters: tests on minute candles span days or weeks. The volatility and the Sharpe ratio are then not
# comparable with those of other tools, nor with each other between two tests of different length.
source "$(dirname "$0")/lib.sh"
packages backtesting==0.6.6 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from finding import expect

DAYS = 10
noise = np.random.default_rng(0).normal(0, 5e-4, DAYS * 1440)
noise -= noise.mean()

class Hold(Strategy):
    def init(self):
        pass

    def next(self):
        if not self.position:
            self.buy(size=0.99)

def statistics(gain):
    """Of buying and holding through the noise plus a drift that adds up to `gain`."""
    close = 100 * np.exp(np.cumsum(noise + np.log1p(gain) / noise.size))
    candles = pd.DataFrame(
        {"Open": close, "High": close, "Low": close, "Close": close, "Volume": 1.0},
        index=pd.date_range("2024-01-01", periods=close.size, freq="min"))
    return Backtest(candles, Hold, cash=1_000_000, finalize_trades=True).run()

usual = 100 * noise.std() * np.sqrt(365 * 1440)
without, drifting = statistics(0), statistics(0.07)
volatility = "Volatility (Ann.) [%]"
print("volatility of the minutes, annualized by the square root of time:", usual)
expect(without[volatility] < 2 * usual, f"{volatility} without a drift", without[volatility])
expect(drifting[volatility] > 5 * without[volatility], f"{volatility} with the drift", drifting[volatility])
sharpe = 100 * np.log(1.07) / DAYS * 365 / usual
expect(drifting["Sharpe Ratio"] < 0.6 * sharpe, "Sharpe Ratio, and the usual one",
       drifting["Sharpe Ratio"], sharpe)
PYTHON
