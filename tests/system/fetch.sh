#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `moneta fetch` from an exchange on loopback that misbehaves in every way that a network and an exchange
# can: the files are those of an undisturbed download, or the coin fails with a message that says why.
. "$(dirname "$0")/lib.sh"
limit_s=60
unset http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY
export no_proxy=127.0.0.1
command -v openssl >/dev/null || fail "openssl is missing"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \
  -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
server=$TESTS/fetch/exchange_server.py
"$PYTHON" "$server" serve "$work" --tls certificate.pem key.pem &
wait_for 1 . tls_port
port=$(cat port)

for exchange in upbit binance; do
  quote=KRW days=1; [ $exchange = upbit ] || { quote=USDT; days=3; }
  cat >$exchange.yaml <<END
coins: [$quote-BTC]
data: {raw: raw, shards: shards, days: $days, timeframes: {1m: 16, 5m: 6}, max_filled_fraction: 0.5}
fetch: {exchange: $exchange, attempts: 2, timeout_s: 5}
END
done

url() { echo "fetch.url=http://127.0.0.1:$port/$1"; }  # url FAULTS
# fetch FAULTS [key=value...]: downloads from $exchange with these faults.
fetch() {
  faults=$1; shift
  alone fetch $exchange.yaml "$(url "$faults")" "$@"
}
# check COIN FROM TO: raw/ has the candles of these minutes, counted from the server's current one.
check() {
  local market=$1
  [ "${1%%-*}" = KRW ] || market=${1#*-}${1%%-*}
  "$PYTHON" "$server" check "$work" "raw/$1.csv.gz" "$market" "$2" "$3" || { cat out.txt; fail "after '$faults'"; }
}
requests() { grep -c "^$1 " requests.log || true; }  # requests FAULTS

for exchange in upbit binance; do
  coin=KRW-BTC first=-1440; [ $exchange = upbit ] || { coin=USDT-BTC; first=-4320; }
  echo "$exchange: faults that pass"
  for faults in plain half repeated busy reset truncated limit_429 limit_418 used_up+end_of_minute \
    no_counts empty_once; do
    rm -rf raw
    fetch $faults; expect 0 "$coin .* candles added, up to .*Z$" '1 of 1 coins are complete'
    check $coin $first 0
  done
  rm -rf raw
  fetch slow fetch.timeout_s=0.5
  expect 0 "$coin: attempt 1 of 2 failed .*timed out.*; the next one follows in"; check $coin $first 0
  "$PYTHON" - <<'END' || fail "the pauses that were demanded are too short"
import collections, sys
times = collections.defaultdict(list)
for line in open('requests.log'):
    faults, time, _ = line.split()
    times[faults].append(float(time))
for faults in ['limit_429', 'limit_418', 'used_up+end_of_minute']:
    third, fourth = times[faults][2:4]
    if fourth - third < 0.95:
        sys.exit(f'{faults}: the next request came after {fourth - third:.2f} s')
END
  sed -i '/^limit_4\|^used_up/d' requests.log

  echo "$exchange: the next download"
  rm -rf raw; fetch plain
  cp -a raw before
  inodes() { stat -c '%n %i %Y' raw/* raw; }
  inodes >inodes.txt
  fetch plain; expect 0 "$coin +nothing new; stored up to" '^0 candles added'
  fetch halted; expect 0 "$coin +nothing new"
  fetch down; expect 3; fetch no_date; expect 3
  diff -r -x .lock before raw || fail "something was changed although nothing was new"
  inodes | diff inodes.txt - || fail "something was written although nothing was new"
  fetch ahead; expect 0 'warning: the clock of this machine is .* behind the clock of' "$coin .* added"
  check $coin $first 5
  fetch later; expect 0 "$coin .* added"; check $coin $first 180
  rm -rf before

  echo "$exchange: faults that remain"
  rm -rf raw
  failed() { expect 3 "$coin: $1" '^0 candles added .* 0 of 1 coins'; one_message; }
  fetch bad; failed '.*sent the candle .*breaks the rules.*data.on_bad_row'
  fetch html; failed ".*in 2 attempts .*not JSON and begins with '<html>log in"
  fetch down; failed '.*in 2 attempts .*HTTP status 502'
  fetch forbidden; failed '.*HTTP status 403'
  fetch long; failed '.* is longer than'
  fetch deep fetch.attempts=1; failed '.*not JSON'
  fetch no_date; failed '.*Date header'
  if [ $exchange = binance ]; then fetch empty; failed '.*sent no candles from .*sent later ones'; fi
  fetch banned "coins=[$coin, ${coin%BTC}ETH]"
  expect 3 "$coin: .*accepts no requests from this address for another" "ETH: .*accepts no requests"
  [ "$(requests banned)" = 1 ] || fail "requests were sent during the pause that was demanded"
  sed -i '/^banned /d' requests.log
  fetch plain fetch.url="https://127.0.0.1:$(cat tls_port)/plain"
  failed '.*cannot download from https://127.0.0.1:.*certificate'
  fetch plain fetch.url=http://127.0.0.1:1; failed '.*in 2 attempts .*[Cc]onnect'
  [ ! -e raw ] || [ -z "$(ls raw)" ] || fail "something was stored"
  fetch bad data.on_bad_row=skip; expect 0 "$coin: left out a bad candle" "$coin .*added"

  echo "$exchange: a market that does not exist, and one that is new"
  rm -rf raw
  fetch listed data.days=3 "coins=[${coin%BTC}NONE, $coin]"
  expect 3 "${coin%BTC}NONE: .* has no market '.*NONE.*' .*coin's name" \
    "$coin .* added, up to .*; the exchange has none before" '1 of 2 coins'; one_message
  check $coin -2000 0
done

exchange=binance
echo "pages that ignore or misunderstand their beginning or end"
rm -rf raw; fetch start_ignored; expect 3 'USDT-BTC: Binance sent candles from .*its first one'; one_message
exchange=upbit
rm -rf raw; fetch to_inclusive; expect 0; check KRW-BTC -1440 0
rm -rf raw; fetch to_ignored; expect 3 'KRW-BTC: Upbit sent candles from'; one_message
fetch to_shifted; expect 3 'KRW-BTC: Upbit did not repeat its candle of'; one_message
[ ! -e raw ] || fail "candles were stored"

echo "kills at any time"
for exchange in upbit binance; do
  # After 29 replies, the first of two chunks is stored.
  coin=KRW-BTC days=5 stored=5000; [ $exchange = upbit ] || { coin=USDT-BTC; days=21; stored=20000; }
  rm -rf raw; fetch plain data.days=$days; expect 0; zcat raw/$coin.csv.gz >undisturbed.csv
  for kill in KILL:10 KILL:30 INT:31 TERM:11; do
    rm -rf raw hangs; faults=hang_at_${kill#*:}
    "$MONETA" fetch $exchange.yaml "$(url $faults)" data.days=$days >out.txt 2>&1 &
    job=$!
    wait_for 1 hangs hangs
    kill -${kill%:*} $job
    status=0; { wait $job || status=$?; } 2>/dev/null
    case $kill in KILL:*) expect 137 ;; *) expect 75 'Start again to continue' ;; esac
    case $kill in
      *:10 | *:11) [ ! -e raw/$coin.csv.gz ] || fail "a part of a chunk was stored" ;;
      *) check $coin $((-days * 1440)) $((-days * 1440 + stored)) ;;
    esac
    fetch plain data.days=$days; expect 0; zcat raw/$coin.csv.gz | cmp - undisturbed.csv
  done
done

exchange=upbit
echo "two downloads at once"
rm -rf raw
for number in 1 2; do
  "$MONETA" fetch upbit.yaml "$(url plain)" 'coins=[KRW-BTC, KRW-ETH]' data.days=2 >out$number.txt 2>&1 &
  jobs[$number]=$!
done
for number in 1 2; do wait ${jobs[$number]} || { cat out$number.txt; fail "a download failed"; }; done
for coin in KRW-BTC KRW-ETH; do check $coin -2880 0; done

echo "a proxy"
rm -rf raw
http_proxy=http://127.0.0.1:$port no_proxy= fetch plain fetch.url=http://exchange.invalid/proxied
expect 0; check KRW-BTC -1440 0
grep -q '^proxied .* http://exchange.invalid/' requests.log || fail "the proxy was not used"

echo "folders and names"
fetch plain 'coins=[BTC]'; expect 2 "coins: 'BTC' is not the name of a market"; one_message
touch file
fetch plain data.raw=file/raw; expect 6 "'file'" 'a file of that name'; one_message
mkdir foreign; echo 'timestamp,open,high,low,close,volume' >foreign/KRW-BTC.csv
fetch plain data.raw=foreign; expect 3 "KRW-BTC: .*'foreign/KRW-BTC.csv' was not written by"; one_message
chmod 755 .; chmod -R a=rX raw  # root may write nevertheless, so another user reads
reader() { if [ "$(id -u)" = 0 ]; then setpriv --reuid 65534 --clear-groups "$@"; else "$@"; fi; }
if reader "$MONETA" --version >/dev/null 2>&1; then
  status=0; reader "$MONETA" fetch upbit.yaml "$(url plain)" >out.txt 2>&1 || status=$?
  expect 0 'KRW-BTC +nothing new'
  status=0; reader "$MONETA" fetch upbit.yaml "$(url later)" >out.txt 2>&1 || status=$?
  expect 6 'raw'; one_message
fi
chmod -R u+w raw

echo "a terminal"
command -v script >/dev/null || fail "script (in the packages util-linux and bsdutils) is missing"
rm -rf raw
TERM=xterm script -q -e -c "'$MONETA' fetch upbit.yaml $(url slow) fetch.timeout_s=20" terminal.txt \
  >/dev/null </dev/null
grep -q "$(printf '\033')\[K" terminal.txt || { cat -v terminal.txt; fail "no bar in a terminal"; }
grep -q 'KRW-BTC.*%.*ETA' terminal.txt || fail "no ETA in a terminal"
grep -q 'KRW-BTC.* added, up to' terminal.txt || fail "the result is missing"

echo "the daily routine"
rm -rf raw
fetch earlier data.days=4; expect 0
alone prepare upbit.yaml data.days=4; expect 0 ' 0 unchanged'
alone prepare upbit.yaml data.days=4; expect 0 '^0 shards written'
fetch plain; expect 0 'KRW-BTC .* added'
alone prepare upbit.yaml data.days=4; expect 0 '^[1-9][0-9]* shards written'
