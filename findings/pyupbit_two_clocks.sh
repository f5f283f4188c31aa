#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pyupbit 0.2.34: get_ohlcv_from(from, to) returns none of the hours between from and to.
#
# Guess: the index of the result lies between the two times, whatever their time zone is.
# Seen: the exchange takes `to` as UTC, the paging compares `from` with UTC, and the index of the result is in
# Korean time, with which `from` is compared once more. A request for 10:00 to 15:00 returns the index 17:20
# to 23:59 without a zone: with Korean times all asked hours are missing, with UTC nine hours must be
# subtracted and the extra 100 minutes before `from`, due to the page size, stay.
# Why it matters: an archive that continues with to=frame.index[0] moves hours forward instead of back, and a
# file that is named after the request holds other hours.
#
# The replies come from a server in this script. They have the fields of the exchange's reply, `to` excluded,
# newest first, at most 200 candles.
source "$(dirname "$0")/lib.sh"
packages pyupbit==0.2.34 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse

import pandas as pd
import pyupbit
from finding import expect

def candle(start):
    written = "%Y-%m-%dT%H:%M:%S"
    return {
        "market": "KRW-BTC",
        "candle_date_time_utc": start.strftime(written),
        "candle_date_time_kst": (start + timedelta(hours=9)).strftime(written),
        "opening_price": 100.0, "high_price": 100.0, "low_price": 100.0, "trade_price": 100.0,
        "timestamp": 0, "candle_acc_trade_price": 100.0, "candle_acc_trade_volume": 1.0, "unit": 1,
    }

class Exchange(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        end = datetime.strptime(query["to"][0], "%Y-%m-%d %H:%M:%S")
        page = [candle(end - timedelta(minutes=i + 1)) for i in range(int(query["count"][0]))]
        body = json.dumps(page).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Remaining-Req", "group=candles; min=600; sec=9")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored):
        pass

server = HTTPServer(("127.0.0.1", 0), Exchange)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/v1/candles/minutes/1"
pyupbit.quotation_api.get_url_ohlcv = lambda interval: address

first, last = pd.Timestamp("2024-01-01 10:00"), pd.Timestamp("2024-01-01 15:00")
frame = pyupbit.get_ohlcv_from("KRW-BTC", "minute1", fromDatetime=first, to=last)
expect(frame.index.tz is None, "time zone of the index", frame.index.tz)
expect(str(frame.index[0]) == "2024-01-01 17:20:00", "first row for from = 10:00", frame.index[0])
expect(str(frame.index[-1]) == "2024-01-01 23:59:00", "last row for to = 15:00", frame.index[-1])
expect(not frame.index.isin(pd.date_range(first, last, freq="min")).any(), "rows from 10:00 to 15:00", 0)

page = pyupbit.get_ohlcv("KRW-BTC", "minute1", count=200, to=last)
before = pyupbit.get_ohlcv("KRW-BTC", "minute1", count=200, to=page.index[0])
expect(before.index[0] > page.index[-1], "the page up to a page's first row begins after its last row",
       page.index[-1], before.index[0])
PYTHON
