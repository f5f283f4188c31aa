#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files of candles are imported into a folder of raw candles: again and again, beside other processes,
# and without touching the files of others.
. "$(dirname "$0")/lib.sh"
cp "$TESTS/system/small.yaml" .

# Two months of two coins as Binance publishes them: 20 days, before and after the turn of a year.
"$PYTHON" - <<'E2'
import gzip, hashlib, os, random, zipfile
random.seed(5)
os.makedirs('klines/2024')
first = 1735689600 - 10 * 86400  # 2024-12-22
def rows(coin, begin, count):
    price = 100.0
    for i in range(begin, begin + count):
        ms = (first + 60 * i) * 1000
        close = price * (1 + 0.001 * (random.random() - 0.5))
        high, low = max(price, close) * 1.0001, min(price, close) * 0.9999
        volume = 10 * random.random()
        yield (f'{ms},{price:.4f},{high:.4f},{low:.4f},{close:.4f},{volume:.6f},{ms + 59999},'
               f'{volume * price:.4f},7,{volume / 2:.6f},{volume * price / 2:.4f},0\n')
        price = close
for coin in ('BTCUSDT', 'ETHUSDT'):
    for month, begin in (('2024-12', 0), ('2025-01', 14400)):
        text = ''.join(rows(coin, begin, 14400))
        name = f'{coin}-1m-{month}'
        if coin == 'ETHUSDT':
            with gzip.open(f'klines/{name}.csv.gz', 'wt') as file:
                file.write(text)
            continue
        path = f'klines/2024/{name}.zip'
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name + '.csv', text)
        with open(path, 'rb') as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        with open(path + '.CHECKSUM', 'w') as file:
            file.write(f'{digest}  {name}.zip\n')
E2
echo 'some words' >klines/README.md

# state FOLDER: names, contents and times of all files.
state() { (cd "$1" && find . -type f ! -name .lock -printf '%p %T@\n' | sort; sha256sum ./*); }

echo "archives and compressed files"
alone import klines --to raw
expect 0 '^klines/2024/BTCUSDT-1m-2024-12.zip: BTCUSDT-1m-2024-12.csv  Binance' \
  'USDT-BTC  2024-12-22T00:00:00Z to 2024-12-31T23:59:00Z  14,400 candles: 14,400 added, 0 equal, 0 di' \
  '^ignored \(the checksum of an archive\): klines/2024/BTCUSDT-1m-2024-12.zip.CHECKSUM, ' \
  '^4 sources imported, 0 failed: 57,600 candles added, 0 equal, 0 different' \
  '^written: raw/USDT-ETH.csv.gz'
[ "$(zcat raw/USDT-BTC.csv.gz | wc -l)" = 28801 ] || fail "candles are missing"
[ "$(zcat raw/USDT-BTC.csv.gz | sed -n 2p | cut -d, -f1)" = 1734825600000 ] || fail "another time"
# The numbers are those of the source, whatever their form.
"$PYTHON" - <<'E2'
import gzip, zipfile
with zipfile.ZipFile('klines/2024/BTCUSDT-1m-2024-12.zip') as archive:
    given = archive.read('BTCUSDT-1m-2024-12.csv').decode().splitlines()
with gzip.open('raw/USDT-BTC.csv.gz', 'rt') as file:
    stored = file.read().splitlines()[1:]
assert len(stored) == 28800
for one, other in zip(given, stored):
    assert [float(x) for x in one.split(',')[:6]] == [float(x) for x in other.split(',')], one
E2

echo "the next command"
next=$(sed -n 's/^Next: moneta prepare CONFIG //p' out.txt)
eval "alone prepare small.yaml $next"; expect 0 'USDT-ETH'

echo "again"
before=$(state raw)
alone import klines/2024 klines/ETHUSDT-1m-2025-01.csv.gz --to raw
expect 0 '^3 sources imported, 0 failed: 0 candles added, 43,200 equal, 0 different'
[ "$(state raw)" = "$before" ] || fail "files were written although nothing had changed"

echo "candles that differ"
zcat klines/ETHUSDT-1m-2025-01.csv.gz | sed -n '100,102p' >differ.csv
awk -F, -v OFS=, '{ $6 += 1; print }' differ.csv >ETHUSDT-1m-2025-01.csv
alone import ETHUSDT-1m-2025-01.csv --to raw
expect 3 '^    2025-01-01T01:39:00Z  stored .* here ' '3 stored candles kept' 'With --replace'
[ "$(state raw)" = "$before" ] || fail "a candle was replaced without --replace"
alone import ETHUSDT-1m-2025-01.csv --to raw --replace; expect 0 '3 stored candles replaced'
alone import klines/ETHUSDT-1m-2025-01.csv.gz --to raw --replace; expect 0 '3 stored candles repl'
alone import klines --to raw; expect 0 '57,600 equal, 0 different'

echo "sources that cannot be read"
mkdir bad
head -c 9000 klines/2024/BTCUSDT-1m-2024-12.zip >bad/BTCUSDT-1m-2024-12.zip
head -c 9000 klines/ETHUSDT-1m-2024-12.csv.gz >bad/ETHUSDT-1m-2024-12.csv.gz
cp klines/2024/BTCUSDT-1m-2025-01.zip klines/ETHUSDT-1m-2025-01.csv.gz bad
sed 's/^..../0000/' klines/2024/BTCUSDT-1m-2025-01.zip.CHECKSUM >bad/BTCUSDT-1m-2025-01.zip.CHECKSUM
printf 'some words\n' >bad/words.csv
alone import bad none.csv --to part
expect 3 "'bad/BTCUSDT-1m-2024-12.zip' is not a complete zip archive" \
  "'bad/ETHUSDT-1m-2024-12.csv.gz' is truncated" \
  "'bad/BTCUSDT-1m-2025-01.zip' differs from its checksum" 'bad/words.csv: ' \
  "there is no file 'none.csv'" '^1 source imported, 5 failed: 14,400 candles added'
[ "$(grep -c '^moneta: error: ' out.txt)" = 5 ] || { cat out.txt; fail "not one error per source"; }
[ "$(ls part)" = "$(printf 'USDT-ETH.csv.gz\nUSDT-ETH.source.json')" ] || fail "other files: $(ls part)"

echo "files of others"
for name in USDT-BTC.csv USDT-BTC.csv.gz; do
  mkdir theirs
  zcat raw/USDT-BTC.csv.gz >theirs/USDT-BTC.csv
  [ $name = USDT-BTC.csv ] || gzip theirs/USDT-BTC.csv
  before=$(sha256sum theirs/*)
  alone import klines --to theirs
  expect 3 "'theirs/$name' was not written by this program" '^2 sources imported, 1 failed'
  [ "$(sha256sum theirs/USDT-BTC*)" = "$before" ] || fail "a file of others was changed"
  alone import "theirs/$name" --to new; expect 0 'USDT-BTC .* 28,800 candles'
  diff <(zcat new/USDT-BTC.csv.gz) <(zcat raw/USDT-BTC.csv.gz) >/dev/null || fail "new/ has others"
  rm -r theirs new
done
alone synth small.yaml data.raw=art 'coins=[USDT-BTC]'; expect 0
alone import klines/2024 --to art; expect 3 'has artificial candles'
alone synth small.yaml 'coins=[USDT-BTC]'; expect 3 'has real candles'

echo "two imports at once"
alone import klines/2024 --to both & one=$!
status=0; timeout "$limit_s" "$MONETA" import klines/*.gz --to both >second.txt 2>&1 || status=$?
wait $one
[ $status = 0 ] || { cat second.txt; fail "an import beside another one failed"; }
expect 0
for coin in USDT-BTC USDT-ETH; do
  cmp both/$coin.csv.gz raw/$coin.csv.gz 2>/dev/null ||
    diff <(zcat both/$coin.csv.gz) <(zcat raw/$coin.csv.gz) >/dev/null || fail "$coin differs"
done
"$PYTHON" -c 'import fcntl, os, time
file = open("both/.lock", "w"); fcntl.lockf(file, fcntl.LOCK_EX)
file.write("%d\n" % os.getpid()); file.flush(); print("locked", flush=True); time.sleep(2)' >locked.txt &
wait_for 1 locked locked.txt
alone import klines --to both; expect 0 "waiting for process [0-9]+ to finish its changes in 'both'"

echo "usage"
alone import klines; expect 2 '--to is required'
alone import --to raw; expect 2 'SOURCE'
alone import klines --to raw --time-zone Asia/Seoul; expect 2 "time zone 'Asia/Seoul' is not an offset"
alone import klines --to raw --coin ../x; expect 2 "coin '../x' cannot be the name of a file"
alone import klines --to named --coin KRW-X; expect 3 'candles of ETHUSDT.* BTCUSDT|candles of BTCUSDT.* ETHUSDT'
alone import klines --to small.yaml; expect 6 'a file of that name'
limited 40 import klines --to full; expect 6 'full/USDT-BTC.csv.gz' 'File too large'
one_message
[ -z "$(ls full)" ] || fail "a file is left after a full disk: $(ls full)"
