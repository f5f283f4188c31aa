#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ccxt 4.5.90: build_ohlcvc puts a late trade into the newest candle.
#
# Guess: a trade belongs to the candle of its time, whatever the order of the list.
# Seen: a trade whose minute is not later than the newest candle's is added to the newest candle. One late
# trade sets its low and its close. If the list has the newest trade first, as replies of exchanges often do,
# all trades of all minutes end up in one candle.
# Why it matters: streams deliver late trades just when the market is fast. The candles differ from the
# exchange's, and the false low starts stops and moves features. Sort the trades by their time first.
source "$(dirname "$0")/lib.sh"
packages ccxt==4.5.90

observe <<'PYTHON'
import ccxt
from finding import expect

START = 1704067200000

def trade(second, price):
    return {"timestamp": START + second * 1000, "price": price, "amount": 1.0}

def candles(trades):
    """Minute, open, high, low and close of each candle."""
    return [((row[0] - START) // 60_000, *row[1:5]) for row in ccxt.Exchange().build_ohlcvc(trades, "1m")]

trades = [trade(0, 100.0), trade(30, 101.0), trade(60, 102.0), trade(90, 103.0), trade(120, 104.0)]
late = trade(45, 90.0)
rows = candles(trades)
expect(rows[-1] == (2, 104, 104, 104, 104) and len(rows) == 3, "candles without the late trade", rows)
rows = candles(trades + [late])
expect(rows[0] == (0, 100, 101, 100, 101), "the minute of the late trade does not change", rows[0])
expect(rows[-1] == (2, 104, 104, 90, 90), "the newest candle", rows[-1])
rows = candles(sorted(trades + [late], key=lambda each: each["timestamp"]))
expect(rows[0] == (0, 100, 101, 90, 90), "the minute of the late trade when sorted", rows[0])
rows = candles(trades[::-1])
expect(rows == [(2, 104, 104, 100, 100)], "candles of trades with the newest first", rows)
PYTHON
