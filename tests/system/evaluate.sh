#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `moneta evaluate`: which checkpoints it takes, that table, evaluation.json and predictions/ tell the
# same, and what it does with damaged, changed or missing input and a full disk.
. "$(dirname "$0")/lib.sh"
market
coins='KRW-BTC KRW-ETH KRW-XRP KRW-SOL KRW-ADA KRW-DOGE KRW-DOT KRW-AVAX'
# With so large a learning rate coins are best before their last epoch.
ranks 2 train small.yaml run.name=a train.optimizer.learning_rate=0.1; expect 0

# indexed COIN best|last: the checkpoint that index.json calls so.
indexed() {
  awk -F'"' -v coin="$1" -v key="$2" '$2 == coin { here = 1 } here && $2 == key { print $4; exit }' \
    runs/a/checkpoints/index.json
}

# told COIN KEY: a value of the coin in evaluation.json; nothing if it is not there.
told() {
  awk -F'"' -v coin="$1" -v key="$2" '$2 == "coin" { here = $4 == coin }
    here && $2 == key { sub(/^[^:]*: "?/, ""); sub(/"?,?$/, ""); print; exit }' runs/a/evaluation.json
}

# row COIN: its line of the table.
row() { grep "^$1 " out.txt || fail "$1 is not in the table"; }

# same_numbers: every coin's line of the table says what evaluation.json says.
same_numbers() {
  local coin wanted
  for coin in $coins; do
    wanted=$(printf '%s %d %.4f %.4f %.4f %.4f %.4f %.1f %% %.3f %.3f %d' "$coin" \
      "$(told $coin epoch)" "$(told $coin train_loss)" "$(told $coin valid_loss)" \
      "$(told $coin test_loss)" "$(told $coin no_change_loss)" "$(told $coin r2)" \
      "$(told $coin direction | awk '{ printf "%.12f", 100 * $1 }')" "$(told $coin ic)" \
      "$(told $coin rank_ic)" "$(told $coin samples)")
    [ "$(row $coin | tr -s ' ')" = "$wanted" ] || fail "the table has '$(row $coin)', not '$wanted'"
  done
}

# no_results FOLDER: an evaluation that was refused left nothing there.
no_results() {
  [ ! -e "$1/evaluation.json" ] && [ ! -e "$1/predictions" ] || fail "results in $1, which were refused"
}

echo "the best checkpoint, and the last one if told"
alone evaluate runs/a
expect 0 '^coin +epoch +train loss +valid loss +test loss +no change +R2 +direction +IC +rank IC +samples$' \
  'runs/a/evaluation.json'
grep -q '"checkpoint": "best"' runs/a/evaluation.json || fail "evaluation.json does not say best"
earlier=
for coin in $coins; do
  [ "$(told $coin checkpoint)" = "$(indexed $coin best)" ] || fail "$coin: not its best checkpoint"
  [ "$(indexed $coin best)" = "$(indexed $coin last)" ] || earlier="$earlier $coin"
done
[ -n "$earlier" ] || fail "every coin is best at the end; the test tells nothing"
same_numbers
cp -r runs/a best; cp out.txt best.txt

alone evaluate runs/a --checkpoint last; expect 0
grep -q '"checkpoint": "last"' runs/a/evaluation.json || fail "evaluation.json does not say last"
for coin in $coins; do
  [ "$(told $coin checkpoint)" = "$(indexed $coin last)" ] || fail "$coin: not its last checkpoint"
done
for coin in $earlier; do
  [ "$(told $coin epoch)" = 6 ] || fail "$coin: not the last epoch"
  ! cmp -s {runs/a,best}/predictions/$coin.csv || fail "$coin: both checkpoints predict the same"
done
same_numbers

echo "the numbers follow from predictions/"
for coin in $coins; do
  awk -F, -v samples="$(told $coin samples)" -v r2="$(told $coin r2)" \
    -v direction="$(told $coin direction)" -v ic="$(told $coin ic)" '
    function differ(a, b) { return a - b > 1e-4 || b - a > 1e-4 }
    NR == 1 { if ($0 != "time,close,target,prediction") { print "its header is " $0; exit wrong = 1 }; next }
    $1 <= before || $2 <= 0 || NF != 4 { print "line " NR ": " $0; exit wrong = 1 }
    { before = $1; y = $3; p = $4; n++
      error += (p - y) ^ 2; still += y ^ 2
      sum_y += y; sum_p += p; yp += y * p; yy += y * y; pp += p * p
      if (y != 0) { moved++; right += y * p > 0 } }
    END { if (wrong) exit 1
      covariance = yp - sum_y * sum_p / n
      my_ic = covariance / sqrt((yy - sum_y ^ 2 / n) * (pp - sum_p ^ 2 / n))
      if (n != samples || differ(1 - error / still, r2) || differ(right / moved, direction) ||
          differ(my_ic, ic)) {
        print n " samples, R2 " 1 - error / still ", direction " right / moved ", IC " my_ic
        exit 1 } }' "runs/a/predictions/$coin.csv" || fail "$coin: not what evaluation.json says"
done

echo "shards that have moved"
mv shards moved
alone evaluate runs/a; expect 3 "'shards/manifest.json'" 'moneta prepare'; one_message
alone evaluate runs/a --shards moved; expect 0
diff out.txt best.txt || fail "another table from the moved shards"
diff -r runs/a best || fail "other results from the moved shards"
mv moved shards

echo "a damaged checkpoint is one coin's trouble"
coin=${earlier##* }
damage "runs/a/checkpoints/$(indexed $coin best)"
alone evaluate runs/a; expect 3 "^$coin +failed: .*$(indexed $coin best).* is damaged"
diff <(grep -v "^$coin " out.txt) <(grep -v "^$coin " best.txt) || fail "another coin changed"
case $(told $coin failure) in
  *$(indexed $coin best)*) ;;
  *) fail "evaluation.json does not tell the failure" ;;
esac
[ -z "$(told $coin r2)" ] || fail "evaluation.json has numbers of a coin that failed"
alone evaluate runs/a --checkpoint last; expect 0
rm -r runs/a; cp -r best runs/a
for file in runs/a/checkpoints/*/*.safetensors; do damage "$file"; done
alone evaluate runs/a; expect 3 'no coin' 'KRW-BTC/.* is damaged'; one_message
rm -r runs/a; cp -r best runs/a

echo "other data than it was trained on"
alone synth small.yaml data.raw=raw2 run.seed=8; expect 0
cp -r shards shards2
alone prepare small.yaml data.raw=raw2 data.shards=shards2 'coins=[KRW-ETH]'; expect 0
alone evaluate runs/a --shards shards2
expect 3 '^KRW-ETH +failed: its shards are not those it was trained on'
diff <(grep -v '^KRW-ETH ' out.txt) <(grep -v '^KRW-ETH ' best.txt) || fail "another coin changed"
alone prepare small.yaml data.raw=raw2 data.shards=shards2; expect 0
alone evaluate runs/a --shards shards2; expect 3 'no coin' 'not those it was trained on'; one_message
alone prepare small.yaml data.shards=shards2 data.horizon_minutes=30; expect 0
alone evaluate runs/a --shards shards2; expect 3 'data.horizon_minutes' 'shards2'; one_message
damage "$(ls shards/KRW-ADA/*.h5 | head -1)"
rm "$(ls shards/KRW-DOT/*.h5 | head -1)"
alone evaluate runs/a
expect 3 '^KRW-ADA +failed: .*KRW-ADA/.*damaged' '^KRW-DOT +failed: .*KRW-DOT/.*No such file'
[ "$(grep -c 'failed:' out.txt)" = 2 ] || fail "another coin failed too"

echo "no run, and wrong usage"
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
diff -r runs/a best || fail "results of before were touched"
rm -r runs/a/predictions; touch runs/a/predictions
alone evaluate runs/a; expect 6 'runs/a/predictions' 'in the way'; one_message
rm runs/a/predictions runs/a/evaluation.json; mkdir runs/a/evaluation.json
alone evaluate runs/a; expect 6 'runs/a/evaluation.json'; one_message
no_half_file runs/a
echo "evaluated as it should be"
