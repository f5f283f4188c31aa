# SPDX-License-Identifier: Apache-2.0
"""An exchange on loopback for tests: the candle requests of Upbit and Binance, with faults on demand.

  exchange_server.py serve FOLDER [--tls CERTIFICATE KEY]
      Listens on free ports, which it writes to FOLDER/port and FOLDER/tls_port, logs each request to
      FOLDER/requests.log, and ends with its parent, after ten minutes at most. The first part of a
      path selects faults, several of them joined by '+': http://127.0.0.1:PORT/half+later.
  exchange_server.py check FOLDER FILE MARKET FROM TO
      Compares a file of raw candles with those of a market from minute FROM up to minute TO, which
      are counted from the server's current minute (0).

The clock of the exchange stands still, 30 s after the beginning of minute 0, the minute in which the
server was started, so every download has the same result. The candles are a formula of the minute.
"""

import email.utils
import gzip
import http.server
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

SECONDS_TO_LIVE = 600
MINUTES_LATER = 180  # faults "later" and, the other way, "earlier": the clock
MINUTES_LISTED = 2000  # fault "listed": minutes since the first candle


def is_traded(minute, market):
    """Upbit has no candle of a minute without a trade; Binance has all."""
    return '-' not in market or (minute * 7 + len(market) * 3) % 10 != 0


def candle(minute, market):
    """Open, high, low, close and volume."""
    base = 100_000.0 + minute * 13 % 997 + len(market)
    return base, base + 3.5, base - 2.25, base + 1.125, minute % 100 / 8 + 0.0625


class Fault(Exception):
    """The request has been answered in some other way."""


class Exchange(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    lock = threading.Lock()
    counts = {}  # requests by faults and exchange

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)  # through a proxy, the path is a URL
        _, faults, path = url.path.split('/', 2)
        self.faults = set(faults.split('+'))
        with self.lock:
            key = faults, path
            self.number = self.counts[key] = self.counts.get(key, 0) + 1
            with open(f'{self.server.folder}/requests.log', 'a') as log:
                log.write(f'{faults} {time.monotonic():.3f} {self.path}\n')
        query = {key: values[0] for key, values in urllib.parse.parse_qs(url.query).items()}
        self.headers_to_send = {'Remaining-Req': 'group=candles; min=600; sec=9',
                                'X-MBX-USED-WEIGHT-1M': '2'}
        try:
            self.fail_first()
            if path == 'v1/candles/minutes/1':
                body = self.upbit(query)
            elif path == 'api/v3/klines':
                body = self.binance(query)
            else:
                return self.reply(404, '<html>nothing here</html>')
            self.reply(200, json.dumps(body))
        except Fault:
            pass
        except ConnectionError:
            self.close_connection = True

    # The clock, in seconds and in minutes.

    def date_s(self):
        seconds = 59 if 'end_of_minute' in self.faults else 30
        return self.minute() * 60 + seconds

    def minute(self):
        ahead = 5 if 'ahead' in self.faults else 0
        later = ('later' in self.faults) - ('earlier' in self.faults)
        return self.server.minute + ahead + MINUTES_LATER * later

    def reply(self, status, text, cut=0):
        body = text.encode()
        self.send_response_only(status)
        if 'no_date' not in self.faults:
            self.send_header('Date', email.utils.formatdate(self.date_s(), usegmt=True))
        for name, value in self.headers_to_send.items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) - cut])
        self.wfile.flush()

    def fail_first(self):
        """Faults that do not depend on the protocol."""
        is_third = self.number == 3
        for fault in self.faults:
            if fault.startswith('hang_at_') and self.number == int(fault[8:]):
                with open(f'{self.server.folder}/hangs', 'w') as file:
                    file.write('hangs\n')
                time.sleep(SECONDS_TO_LIVE)
            if fault.startswith('limit_') and is_third:
                self.headers_to_send['Retry-After'] = '1'
                self.refuse(int(fault[6:]), 'too many requests')
        if 'banned' in self.faults:
            self.headers_to_send['Retry-After'] = '86400'
            self.refuse(418, 'banned')
        if 'used_up' in self.faults and is_third:
            self.headers_to_send['Remaining-Req'] = 'group=candles; min=500; sec=0'
            self.headers_to_send['X-MBX-USED-WEIGHT-1M'] = '5900'
        if 'no_counts' in self.faults:
            self.headers_to_send = {}
        if 'busy' in self.faults and self.number % 4 == 0:
            self.refuse(503, 'busy')
        if 'down' in self.faults:
            self.refuse(502, '<html>bad gateway</html>')
        if 'forbidden' in self.faults:
            self.refuse(403, '{"error": {"name": "forbidden", "message": "not from here"}}')
        if 'html' in self.faults:
            self.refuse(200, '<html>log in</html>')
        if 'slow' in self.faults and is_third:
            time.sleep(2)
        if 'reset' in self.faults and is_third:
            self.reply(200, '[' + ' ' * 5000, cut=3000)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            self.close_connection = True
            raise Fault
        if 'truncated' in self.faults and is_third:
            self.refuse(200, '[{"market": "KRW-BTC", "opening')
        if 'long' in self.faults:
            self.refuse(200, ' ' * 3_000_000)
        if 'deep' in self.faults:
            self.refuse(200, '[' * 100_000)

    def refuse(self, status, text):
        self.reply(status, text)
        raise Fault

    # Candles.

    def has(self, minute, market):
        first = self.server.minute - (MINUTES_LISTED if 'listed' in self.faults else 10**7)
        is_halted = 'halted' in self.faults and minute > self.server.minute - 100
        return first <= minute <= self.minute() and is_traded(minute, market) and not is_halted

    def numbers(self, minute, market):
        numbers = candle(minute, market)
        if minute == self.minute():  # it is still forming
            return numbers[:3] + (numbers[2], 0.03125)
        if 'bad' in self.faults and self.server.minute - 700 <= minute <= self.server.minute - 699:
            return numbers[0], numbers[2], numbers[1], numbers[3], numbers[4]
        return numbers

    def page(self, minutes, count, market):
        """At most `count` of the minutes that have candles, with faults."""
        if 'half' in self.faults and count > 1:
            count //= 2
        page = []
        for minute in minutes:
            if len(page) == count:
                break
            if self.has(minute, market):
                page.append(minute)
        if 'repeated' in self.faults:
            page = page[:1] + page[:count - 1]
        return page

    def upbit(self, query):
        market, count = query['market'], int(query.get('count', 1))
        if 'NONE' in market:
            self.refuse(404, '{"error": {"name": 404, "message": "Code not found"}}')
        end = self.minute() + 1
        if 'to' in query and 'to_ignored' not in self.faults:
            end = int(time.mktime(time.strptime(query['to'], '%Y-%m-%dT%H:%M:%SZ'))) // 60
            end += 1 if 'to_inclusive' in self.faults else 0
            end -= 540 if 'to_shifted' in self.faults else 0  # as if it were Korean time
        oldest = self.server.minute - (MINUTES_LISTED + 1 if 'listed' in self.faults else 10**5)
        if 'empty_once' in self.faults and self.number in (4, 8):
            return []
        if 'empty' in self.faults and self.number > 1:
            return []
        body = []
        for minute in self.page(range(end - 1, oldest, -1), min(count, 200), market):
            o, h, l, c, v = self.numbers(minute, market)
            start = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(minute * 60))
            body.append({'market': market, 'candle_date_time_utc': start, 'opening_price': o,
                         'high_price': h, 'low_price': l, 'trade_price': c,
                         'timestamp': minute * 60_000 + 31_234, 'candle_acc_trade_price': v * o,
                         'candle_acc_trade_volume': v, 'unit': 1})
        return body

    def binance(self, query):
        market, count = query['symbol'], int(query.get('limit', 500))
        if 'NONE' in market:
            self.refuse(400, '{"code": -1121, "msg": "Invalid symbol."}')
        newest = self.minute()
        if 'startTime' in query and 'start_ignored' not in self.faults:
            minutes = range(max(int(query['startTime']) // 60_000, self.server.minute - 10**5),
                            newest + 1)
        else:
            minutes = [minute for minute in range(newest, newest - 1000, -1)
                       if self.has(minute, market)][:count]
        if 'empty_once' in self.faults and self.number in (3, 5):
            return []
        if 'empty' in self.faults and self.number > 1:
            return []
        body = []
        for minute in self.page(minutes, min(count, 1000), market):
            o, h, l, c, v = (f'{number:.8f}' for number in self.numbers(minute, market))
            body.append([minute * 60_000, o, h, l, c, v, minute * 60_000 + 59_999, '0', 1, '0', '0',
                         '0'])
        return body


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that disconnect are a part of the tests."""


def serve(folder, tls=None):
    minute, parent = int(time.time()) // 60, os.getppid()
    for name, certificate in [('port', None), ('tls_port', tls)]:
        if name == 'tls_port' and not tls:
            continue
        server = Server(('127.0.0.1', 0), Exchange)
        server.folder, server.minute = folder, minute
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with open(f'{folder}/{name}.new', 'w') as file:
            file.write(str(server.server_address[1]))
        os.rename(f'{folder}/{name}.new', f'{folder}/{name}')
    with open(f'{folder}/minute', 'w') as file:
        file.write(str(minute))
    for _ in range(SECONDS_TO_LIVE * 2):
        if os.getppid() != parent:
            break
        time.sleep(0.5)


def check(folder, name, market, first, last):
    """Exits with a message unless the file has the candles that it should have."""
    with open(f'{folder}/minute') as file:
        now = int(file.read())
    expected = [(minute * 60_000,) + candle(minute, market)
                for minute in range(now + int(first), now + int(last))
                if is_traded(minute, market)]
    with gzip.open(name, 'rt') as file:
        lines = file.read().splitlines()[1:]
    found = [(int(cells[0]),) + tuple(float(cell) for cell in cells[1:])
             for cells in (line.split(',') for line in lines)]
    if found != expected:
        missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
        sys.exit(f'{name}: {len(found)} candles instead of {len(expected)}; missing '
                 f'{len(missing)}: {missing[:3]}; extra {len(extra)}: {extra[:3]}')


if __name__ == '__main__':
    os.environ['TZ'] = 'UTC'
    time.tzset()
    command, folder, *arguments = sys.argv[1:]
    if command == 'serve':
        serve(folder, arguments[1:] if arguments[:1] == ['--tls'] else None)
    else:
        check(folder, *arguments)
