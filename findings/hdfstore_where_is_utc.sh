#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pandas 3.1.1 with PyTables 3.11.1: a time in `where` is UTC, whatever zone the index has.
#
# Guess: where="index >= '2024-01-01 12:00'" selects the rows that frame.loc["2024-01-01 12:00":] selects.
# Seen: the zone of the index is stored and restored, and .loc reads the text in that zone. The query reads it
# as UTC: for an index in Korean time it begins at 21:00. The same holds for a Timestamp without a zone; one
# with a zone, and a text with +09:00, work as expected.
# Why it matters: a split at a date moves by nine hours, so validation rows get into training or a day lacks
# its morning. With a west zone the query returns more rows than asked for. Nothing is reported.
source "$(dirname "$0")/lib.sh"
packages pandas==3.1.1 tables==3.11.1 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
import pandas as pd
from finding import expect

index = pd.date_range("2024-01-01", periods=1440, freq="min", tz="Asia/Seoul")
frame = pd.DataFrame({"close": np.arange(1440.0)}, index=index)
frame.to_hdf("candles.h5", key="candles", format="table")

def first_row(where, **names):
    globals().update(names)
    return str(pd.read_hdf("candles.h5", "candles", where=where).index[0])

row = str(frame.loc["2024-01-01 12:00":].index[0])
expect(row == "2024-01-01 12:00:00+09:00", "first row of .loc from 12:00", row)
row = first_row("index >= '2024-01-01 12:00'")
expect(row == "2024-01-01 21:00:00+09:00", "first row of where from 12:00", row)
row = first_row("index >= noon", noon=pd.Timestamp("2024-01-01 12:00"))
expect(row == "2024-01-01 21:00:00+09:00", "the same with a Timestamp", row)
row = first_row("index >= '2024-01-01 12:00+09:00'")
expect(row == "2024-01-01 12:00:00+09:00", "the same with a text that has an offset", row)
PYTHON
