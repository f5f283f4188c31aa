#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `moneta prepare` says of candles that are not as they should be, and how it treats the other coins.
. "$(dirname "$0")/lib.sh"
cp "$TESTS/system/small.yaml" .
coins='coins=[KRW-BTC, KRW-ETH, KRW-XRP]'
alone synth small.yaml "$coins"; expect 0
gunzip raw/*.gz

# prepare [SETTING...]: with a folder of shards of its own, unless it is named.
prepare() { alone prepare small.yaml "$coins" "$@"; }

# fresh: raw candles and no shards.
cp -r raw raw.good
fresh() { rm -rf raw shards; cp -r raw.good raw; }

# each_row PROGRAM COIN: changes the rows of a coin with awk; the columns are $1 to $6.
each_row() {
  awk -F, -v OFS=, -v OFMT=%.13g -v CONVFMT=%.13g "NR == 1 { print; next } { $1 } 1" "raw/$2.csv" >changed
  mv changed "raw/$2.csv"
}

echo "dates and counts of every coin"
prepare; expect 0 '^coin +from \(UTC\)' '^KRW-ETH +2025-01-29 00:00  2025-02-0'
alone inspect shards; expect 0 '^KRW-BTC ' '^KRW-XRP '
cp out.txt before.txt
prepare; expect 0 '^0 shards written'
alone inspect shards; diff before.txt out.txt || fail "nothing changed, but the record did"

echo "a coin with wrong candles does not affect the others"
fresh
each_row 'if (NR > 500) $1 = $1 "000"' KRW-ETH
prepare
expect 3 'coin KRW-ETH: .*KRW-ETH.csv. line 501: .* in microseconds' 'moneta import KRW-ETH.csv' '^KRW-ETH +failed'
[ "$(ls shards/*/*.h5 | cut -d/ -f2 | sort -u | tr '\n' ' ')" = 'KRW-BTC KRW-XRP ' ] || fail "other shards"
prepare data.on_bad_row=skip; expect 3 'in microseconds'
alone inspect shards; expect 0 'coin KRW-ETH: .* in microseconds'

echo "rows are skipped up to a share"
fresh
each_row 'if (NR == 300) $1 = $1 + 900000000' KRW-ETH
prepare; expect 3 'line 300: timestamp [0-9]+ \(.*\) comes before' 'set data.on_bad_row to skip'
prepare data.on_bad_row=skip; expect 0 'coin KRW-ETH: 1 rows were skipped: timestamp out of order \(first in line 300\)'
prepare data.on_bad_row=skip data.max_bad_rows=0; expect 3 'data.max_bad_rows is 0'

echo "steps of the price"
fresh
each_row 'if (NR > 700) for (i = 2; i <= 5; ++i) $i *= 1000' KRW-XRP
prepare; expect 3 'coin KRW-XRP: .*KRW-XRP.csv. line 701: at 2025-01-.* and stays there \(a token swap'
prepare data.max_price_step=1e6; expect 0 'warning: coin KRW-XRP: at 2025-01-.* and stays there'

echo "other candles than those of one minute"
fresh
awk -F, 'NR == 1 || $1 % 300000 == 0' raw.good/KRW-BTC.csv >raw/KRW-BTC.csv
prepare data.max_filled_fraction=1; expect 3 'KRW-BTC.csv. are 5 minutes apart'

echo "candles of the future"
fresh
ahead=$((($(date +%s) + 9 * 3600) / 60 * 60000 - $(tail -n 1 raw/KRW-BTC.csv | cut -d, -f1)))
each_row "\$1 += $ahead" KRW-BTC
prepare; expect 3 'coin KRW-BTC: .* later than the clock of this machine .*Korean time'

echo "new and delisted coins"
fresh
(head -n 1 raw.good/KRW-ETH.csv; tail -n 100 raw.good/KRW-ETH.csv) >raw/KRW-ETH.csv
each_row '$1 -= 200 * 86400000' KRW-XRP
prepare
expect 0 'warning: KRW-XRP is left out: it ends at 2024' 'warning: coin KRW-ETH: .* will have samples from 2025-' \
  '^KRW-ETH +too new' '^KRW-XRP +ended'
ranks 2 train small.yaml "$coins" train.epochs=1 placement=null
expect 0 'warning: coin KRW-ETH is not trained' 'warning: coin KRW-XRP is not trained' 'KRW-BTC'
[ "$(ls runs/*/checkpoints | grep -c KRW)" = 1 ] || fail "other coins were trained"
alone plan small.yaml "$coins" placement=null; expect 0 'coin KRW-ETH is not trained' 'KRW-BTC'

echo "two configurations, one folder"
fresh
prepare; expect 0
find shards -name '*.h5' -exec sha256sum {} + >before.txt
prepare data.horizon_minutes=20; expect 3 'data.horizon_minutes is 20, but .* prepared with 15' 'prepare CONFIG --replace'
one_message
sha256sum --quiet -c before.txt || fail "shards were replaced"
prepare data.horizon_minutes=20 --replace; expect 0 '[1-9][0-9]* shards written'

echo "two processes, one folder"
fresh
"$MONETA" prepare small.yaml 'coins=[KRW-BTC, KRW-ETH]' >first.txt 2>&1 & first=$!
prepare; expect 0
wait $first || { cat first.txt; fail "the other process"; }
[ "$(grep -c '"file"' shards/manifest.json)" = "$(find shards -name '*.h5' | wc -l)" ] || fail "shards are not listed"
alone plan small.yaml "$coins" placement=null; expect 0 'KRW-BTC' 'KRW-ETH' 'KRW-XRP'

echo "a folder that cannot be changed"
prepare; expect 0
sleep 0.1; prepare; expect 0
if mkdir fixed && mount --bind shards fixed 2>/dev/null && mount -o remount,bind,ro fixed; then
  trap 'umount "$work/fixed"; rm -rf "$work"' EXIT
  prepare data.shards=fixed; expect 0 '^0 shards written'
fi
echo "prepare names everything"
