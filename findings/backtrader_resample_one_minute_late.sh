#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# backtrader 1.9.78.123: five-minute bars of exchange candles begin one minute late.
#
# Guess: the minutes 00:00 to 00:04 form the first bar, 00:05 to 00:09 the next, as on the exchange.
# Seen: the first bar has only the minute 00:00, and each later one has the minutes :01 to :05. backtrader
# takes the time of a candle as its end, as vendors of stock data write it; exchanges of coins write its
# start. No message tells; the bars look right because each has five minutes. boundoff=1 repairs it.
# Why it matters: each bar contains the first minute of the next one, so open, high, low and volume differ
# from the bars of the exchange and of the training data, and the close is the first close of the next bar.
source "$(dirname "$0")/lib.sh"
packages backtrader==1.9.78.123 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import backtrader
import numpy as np
import pandas as pd
from finding import expect

minutes = np.arange(16.0)
candles = pd.DataFrame(
    {"open": minutes, "high": minutes, "low": minutes, "close": minutes, "volume": 1.0},
    index=pd.date_range("2024-01-01", periods=minutes.size, freq="min"),
)

def bars(**options):
    """The first and last minute of each five-minute bar."""
    seen = []

    class Recorder(backtrader.Strategy):
        def next(self):
            bar = (int(self.data1.open[0]), int(self.data1.close[0]))
            if bar not in seen:
                seen.append(bar)

    cerebro = backtrader.Cerebro()
    feed = backtrader.feeds.PandasData(
        dataname=candles, timeframe=backtrader.TimeFrame.Minutes, compression=1)
    cerebro.adddata(feed)
    cerebro.resampledata(feed, timeframe=backtrader.TimeFrame.Minutes, compression=5, **options)
    cerebro.addstrategy(Recorder)
    cerebro.run()
    return seen

shifted = bars()
expect(shifted == [(0, 0), (1, 5), (6, 10), (11, 15)], "minutes of the bars", shifted)
repaired = bars(boundoff=1)
expect(repaired[:3] == [(0, 4), (5, 9), (10, 14)], "minutes of the bars with boundoff=1", repaired)
PYTHON
