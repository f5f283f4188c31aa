#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From when to when coins are trained, validated and tested: plan, train, status and evaluate say so, in one
# line if all coins have the same dates, and warn if the coins are tested at different times.
. "$(dirname "$0")/lib.sh"
cp "$TESTS/system/small.yaml" .
both='coins=[KRW-BTC, KRW-XRP]'
all='coins=[KRW-BTC, KRW-XRP, KRW-ETH]'
sed -i 's/^data:  {/&end: each, /' small.yaml  # KRW-ETH ends a year before the others
alone synth small.yaml "$both"; expect 0
alone synth small.yaml 'coins=[KRW-ETH]' synth.start=2024-02-27; expect 0
alone prepare small.yaml "$all"; expect 0

day='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}'
part="$day to $day"
days="${day% *} to ${day% *}"
warning='tested at different times .*KRW-BTC, KRW-XRP: 2025-[^;]*; KRW-ETH: 2024-'
no_warning() { ! grep 'tested at different times' out.txt || fail "coins with the same dates: a warning"; }

echo "the same dates"
alone plan small.yaml "$both"
expect 0 '^coin +train \(UTC\) +valid +test$' "^KRW-BTC +$part +$part +$part$" "^KRW-XRP +$part +$part +$part$"
no_warning
# With three ranks, two of them are a team, which reports its coin once.
ranks 3 train small.yaml "$both" run.name=same train.epochs=1
expect 0 "^all coins: train $days, valid $days, test $days \(UTC\)$"
no_warning
[ "$(cat runs/same/log/events-*.jsonl | grep -c '"event.action":"split_dates"')" = 1 ] ||
  fail "the log has not one event with the dates"
alone evaluate runs/same; expect 0 "^KRW-BTC .* $part$"; no_warning

echo "different dates"
alone plan small.yaml "$all"; expect 0 "^KRW-ETH +2024-.* to 2024-.* to 2024-" "warning: .*$warning"
for start in 1 2; do  # the second one finds a finished run
  ranks 2 train small.yaml "$all" run.name=different train.epochs=1
  expect 0 "^KRW-BTC: train 2025-.*, test 2025-.* \(UTC\)$" "^KRW-ETH: train 2024-.*, test 2024-.* \(UTC\)$" \
    "^warning: .*$warning"
done
grep '"event.action":"split_dates"' runs/different/log/events-*.jsonl |
  grep '"dates":{"KRW-ETH":{"train":{"first":"2024-' >/dev/null || fail "the event log has no dates of KRW-ETH"
grep '"event.action":"test_parts_differ"' runs/different/log/events-*.jsonl | grep 'KRW-ETH: 2024-' >/dev/null ||
  fail "the event log has no warning"
alone status runs/different; expect 0 '^KRW-ETH: train 2024-' '^KRW-BTC: train 2025-'
alone status runs/different --json; expect 0 '"first": "2024-'
alone evaluate runs/different; expect 0 "^KRW-ETH .* 2024-[^ ]* [^ ]* to 2024-[^ ]* [^ ]*$" "warning: .*$warning"
last=$(sed -n '$s/,.*//p' runs/different/predictions/KRW-ETH.csv)
grep "\"last\": \"$last\"" runs/different/evaluation.json >/dev/null ||
  fail "evaluation.json does not have the last decision time of KRW-ETH, $last"
