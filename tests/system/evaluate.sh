#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `moneta evaluate`: which checkpoints it uses, that the table, evaluation.json and predictions/ agree,
# and what it does with damaged, changed or missing input and with a full disk.
. "$(dirname "$0")/lib.sh"
market
coins='KRW-BTC KRW-ETH KRW-XRP KRW-SOL KRW-ADA KRW-DOGE KRW-DOT KRW-AVAX'
# With a large learning rate, the best epoch of a coin is before its last one.
ranks 2 train small.yaml run.name=a train.optimizer.learning_rate=0.1; expect 0

# indexed COIN best|last: the best or last checkpoint according to index.json.
indexed() {
  awk -F'"' -v coin="$1" -v key="$2" '$2 == coin { here = 1 } here && $2 == key { print $4; exit }' \
    runs/a/checkpoints/index.json
}

# evaluated COIN KEY: a value of the coin in evaluation.json; empty if it is absent.
evaluated() {
  awk -F'"' -v coin="$1" -v key="$2" '$2 == "coin" { here = $4 == coin }
    here && $2 == key { sub(/^[^:]*: "?/, ""); sub(/"?,?$/, ""); print; exit }' runs/a/evaluation.json
}

# test_dates COIN: "2025-03-23 00:40 to 2025-03-25 23:45", from the dates of the coin's predictions, which
# must be those of its test part in evaluation.json.
test_dates() {
  local first last part
  first=$(sed -n '2s/,.*//p' "runs/a/predictions/$1.csv")
  last=$(sed -n '$s/,.*//p' "runs/a/predictions/$1.csv")
  part=$(awk -v coin="\"$1\"" '$1 == "\"coin\":" { here = index($2, coin) }
    here && /"test": [{]/ { print; getline; print; getline; print; exit }' \
    runs/a/evaluation.json | tr -d ' \n')
  [ "$part" = "\"test\":{\"first\":\"$first\",\"last\":\"$last\"" ] ||
    fail "$1: its test part in evaluation.json is $part, its predictions are from $first to $last"
  printf '%s to %s' "$first" "$last" | sed 's/T/ /g; s/:00Z//g'
}

# row COIN: its line of the table.
row() { grep "^$1 " out.txt || fail "$1 is not in the table"; }

# same_numbers: the table has the numbers of evaluation.json for every coin.
same_numbers() {
  local coin wanted
  for coin in $coins; do
    wanted=$(printf '%s %d %.4f %.4f %.4f %.4f %.4f %.1f %% %.3f %.3f %d' "$coin" \
      "$(evaluated $coin epoch)" "$(evaluated $coin train_loss)" "$(evaluated $coin valid_loss)" \
      "$(evaluated $coin test_loss)" "$(evaluated $coin no_change_loss)" "$(evaluated $coin r2)" \
      "$(evaluated $coin direction | awk '{ printf "%.12f", 100 * $1 }')" "$(evaluated $coin ic)" \
      "$(evaluated $coin rank_ic)" "$(evaluated $coin samples)")
    wanted="$wanted $(test_dates $coin)"
    [ "$(row $coin | tr -s ' ')" = "$wanted" ] || fail "the table has '$(row $coin)', not '$wanted'"
  done
}

# no_results FOLDER: a rejected evaluation left nothing in the folder.
no_results() {
  [ ! -e "$1/evaluation.json" ] && [ ! -e "$1/predictions" ] || fail "a rejected evaluation left results in $1"
}

echo "the best checkpoint, or the last one on request"
alone evaluate runs/a
expect 0 '^coin +epoch +train loss +valid loss +test loss +naive +R2 +hit rate +IC +rank IC +samples +tested .UTC.$' \
  'runs/a/evaluation.json'
grep -q '"checkpoint": "best"' runs/a/evaluation.json || fail "evaluation.json does not say best"
earlier=
for coin in $coins; do
  [ "$(evaluated $coin checkpoint)" = "$(indexed $coin best)" ] || fail "$coin: not its best checkpoint"
  [ "$(indexed $coin best)" = "$(indexed $coin last)" ] || earlier="$earlier $coin"
done
[ -n "$earlier" ] || fail "every coin is best at the end, so the test is meaningless"
same_numbers
cp -r runs/a best; cp out.txt best.txt

alone evaluate runs/a --checkpoint last; expect 0
grep -q '"checkpoint": "last"' runs/a/evaluation.json || fail "evaluation.json does not say last"
for coin in $coins; do
  [ "$(evaluated $coin checkpoint)" = "$(indexed $coin last)" ] || fail "$coin: not its last checkpoint"
done
for coin in $earlier; do
  [ "$(evaluated $coin epoch)" = 6 ] || fail "$coin: not the last epoch"
  ! cmp -s {runs/a,best}/predictions/$coin.csv || fail "$coin: both checkpoints predict the same"
done
same_numbers

echo "the numbers follow from predictions/"
for coin in $coins; do
  awk -F, -v samples="$(evaluated $coin samples)" -v r2="$(evaluated $coin r2)" \
    -v hit_rate="$(evaluated $coin direction)" -v ic="$(evaluated $coin ic)" '
    function differ(a, b) { return a - b > 1e-4 || b - a > 1e-4 }
    NR == 1 { if ($0 != "time,close,target,prediction") { print "its header is " $0; exit wrong = 1 }; next }
    $1 <= before || $2 <= 0 || NF != 4 { print "line " NR ": " $0; exit wrong = 1 }
    { before = $1; y = $3; p = $4; n++
      error += (p - y) ^ 2; naive += y ^ 2
      sum_y += y; sum_p += p; yp += y * p; yy += y * y; pp += p * p
      if (y != 0) { moved++; hits += y * p > 0 } }
    END { if (wrong) exit 1
      covariance = yp - sum_y * sum_p / n
      my_ic = covariance / sqrt((yy - sum_y ^ 2 / n) * (pp - sum_p ^ 2 / n))
      if (n != samples || differ(1 - error / naive, r2) || differ(hits / moved, hit_rate) ||
          differ(my_ic, ic)) {
        print n " samples, R2 " 1 - error / naive ", hit rate " hits / moved ", IC " my_ic
        exit 1 } }' "runs/a/predictions/$coin.csv" || fail "$coin: not what evaluation.json says"
done

echo "closes are those of the candles, to the last digit"
alone synth small.yaml data.raw=won 'coins=[KRW-BTC]'; expect 0
zcat won/KRW-BTC.csv.gz | awk -F, -v OFS=, 'NR > 1 { for (i = 2; i < 6; ++i) $i = sprintf("%.0f", 1e8 + $i * 1000) } 1' \
  >won/all.csv
rm won/KRW-BTC.csv.gz; mv won/all.csv won/KRW-BTC.csv
one='data.raw=won data.shards=won_shards coins=[KRW-BTC] placement=null'
alone prepare small.yaml $one; expect 0
ranks 1 train small.yaml $one run.name=won train.epochs=1; expect 0
alone evaluate runs/won; expect 0
awk -F, 'NR == FNR { closes[$5]; next }
  FNR > 1 { ++rows; if (!($2 in closes)) { print "no candle has the close " $2; exit wrong = 1 } }
  END { exit wrong || rows < 20 }' won/KRW-BTC.csv runs/won/predictions/KRW-BTC.csv ||
  fail "a close is not that of its candle"
rm -r runs/won

echo "moved shards"
mv shards moved
alone evaluate runs/a
expect 3 "'shards/manifest.json'" 'moneta prepare' "looked for in '$PWD/shards'; --shards"; one_message
alone evaluate runs/a --shards moved; expect 0
diff out.txt best.txt || fail "the table of the moved shards differs"
diff -r runs/a best || fail "the results of the moved shards differ"
mv moved shards

echo "a damaged checkpoint affects only its coin"
coin=${earlier##* }
damage "runs/a/checkpoints/$(indexed $coin best)"
alone evaluate runs/a; expect 3 "^$coin +failed: .*$(indexed $coin best).* is damaged"
diff <(grep -v "^$coin " out.txt) <(grep -v "^$coin " best.txt) || fail "another coin changed"
case $(evaluated $coin failure) in
  *$(indexed $coin best)*) ;;
  *) fail "evaluation.json does not report the failure" ;;
esac
[ -z "$(evaluated $coin r2)" ] || fail "evaluation.json has numbers for a coin that failed"
alone evaluate runs/a --checkpoint last; expect 0
rm -r runs/a; cp -r best runs/a
for file in runs/a/checkpoints/*/*.safetensors; do damage "$file"; done
alone evaluate runs/a; expect 3 'no coin' 'KRW-BTC/.* is damaged'; one_message
rm -r runs/a; cp -r best runs/a

echo "data other than those it was trained on"
alone synth small.yaml data.raw=raw2 run.seed=8; expect 0
cp -r shards shards2
alone prepare small.yaml data.raw=raw2 data.shards=shards2 'coins=[KRW-ETH]'; expect 0
alone evaluate runs/a --shards shards2
expect 3 '^KRW-ETH +failed: its shards are not the ones that it was trained on'
diff <(grep -v '^KRW-ETH ' out.txt) <(grep -v '^KRW-ETH ' best.txt) || fail "another coin changed"
alone prepare small.yaml data.raw=raw2 data.shards=shards2; expect 0
alone evaluate runs/a --shards shards2; expect 3 'no coin' 'not the ones that it was trained on'; one_message
alone prepare small.yaml data.shards=shards2 data.horizon_minutes=30 --replace; expect 0
alone evaluate runs/a --shards shards2; expect 3 'data.horizon_minutes' 'shards2'; one_message
damage "$(ls shards/KRW-ADA/*.h5 | head -1)"
rm "$(ls shards/KRW-DOT/*.h5 | head -1)"
alone evaluate runs/a
expect 3 '^KRW-ADA +failed: .*KRW-ADA/.*damaged' '^KRW-DOT +failed: .*KRW-DOT/.*No such file'
[ "$(grep -c 'failed:' out.txt)" = 2 ] || fail "another coin failed too"

echo "folders that are not a run, and wrong usage"
mkdir -p empty young/checkpoints
alone evaluate empty; expect 3 "'empty' is not a run" 'config.json' 'moneta train'; one_message
no_results empty
alone evaluate shards/manifest.json; expect 3 'is not a run'; one_message
cp runs/a/config.json young/
alone evaluate young; expect 3 'no checkpoint of a whole epoch' 'Train it first'; one_message
no_results young
alone evaluate; expect 2 'RUN'
alone evaluate runs/a --checkpoint newest; expect 2 'newest' 'best'

echo "disks"
rm -r runs/a; cp -r best runs/a; rm -r shards/KRW-{ADA,DOT}
alone prepare small.yaml; expect 0
limited 8 evaluate runs/a; expect 6 'runs/a/predictions/KRW-BTC.csv' 'File too large'; one_message
no_half_file runs/a
diff -r runs/a best || fail "the existing results were changed"
rm -r runs/a/predictions; touch runs/a/predictions
alone evaluate runs/a; expect 6 'runs/a/predictions' 'a file of that name'; one_message
rm runs/a/predictions runs/a/evaluation.json; mkdir runs/a/evaluation.json
alone evaluate runs/a; expect 6 'runs/a/evaluation.json'; one_message
no_half_file runs/a
echo "evaluation works as expected"
