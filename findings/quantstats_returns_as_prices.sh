#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# quantstats 0.0.86: four winning months show a drawdown of 97 %.
#
# Guess: a function of returns takes the returns as given.
# Seen: a series without a negative value and with one above 1 is taken for prices and differenced again.
# The months +5, +10, +120 and +3 % give a win rate of 67 %, a best month of +1100 % and a maximum drawdown of
# -97 %. comp() alone does not guess, so the total return is right beside them. With one month of -0.01 % in
# place of the last, all numbers are right.
# Why it matters: monthly returns of a coin, and any returns in percent, easily meet both conditions. The
# report of a strategy without a loss is wrong without a message, and only until its first loss.
source "$(dirname "$0")/lib.sh"
packages quantstats==0.0.86 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import pandas as pd
import quantstats.stats as stats
from finding import expect

def months(*returns):
    return pd.Series(returns, index=pd.date_range("2024-01-31", periods=len(returns), freq="ME"))

winning = months(0.05, 0.10, 1.20, 0.03)
expect(abs(stats.comp(winning) - ((1 + winning).prod() - 1)) < 1e-12, "total return", stats.comp(winning))
expect(stats.best(winning) > 10.9, "best month, which was 1.2", stats.best(winning))
expect(stats.max_drawdown(winning) < -0.97, "drawdown of four gains", stats.max_drawdown(winning))
expect(stats.win_rate(winning) < 0.7, "win rate of four gains", stats.win_rate(winning))

mixed = months(0.05, 0.10, 1.20, -0.0001)
expect(stats.best(mixed) == 1.2, "best month with one small loss", stats.best(mixed))
expect(stats.max_drawdown(mixed) > -0.001, "drawdown with one small loss", stats.max_drawdown(mixed))
PYTHON
