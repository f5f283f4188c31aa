#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The artificial market replaces only files that it made itself, and only if they change.
. "$(dirname "$0")/lib.sh"
cp "$TESTS/system/small.yaml" .
few=(small.yaml data.days=1 'coins=[KRW-BTC,KRW-ETH]')

# state FOLDER: names, contents and times of all files.
state() { (cd "$1" && find . -type f ! -name .lock -printf '%p %T@\n' | sort; sha256sum ./*); }

# unchanged FOLDER ARGUMENTS...: the command fails with status 3 and changes nothing in the folder.
unchanged() {
  local folder=$1 before; shift
  before=$(state "$folder")
  alone "$@"; expect 3
  one_message
  [ "$(state "$folder")" = "$before" ] || fail "'$*' has changed files in $folder"
}

echo "candles of others"
alone synth "${few[@]}" data.raw=other run.seed=1; expect 0
for name in KRW-BTC.csv.gz KRW-ETH.csv.gz KRW-ETH.csv; do
  mkdir real
  case $name in
    *.gz) cp "other/$name" real ;;
    *) zcat "other/$name.gz" >"real/$name" ;;
  esac
  unchanged real synth "${few[@]}" data.raw=real
  expect 3 "real/$name' was not written by this program" 'Choose another folder'
  [ "$(ls real)" = "$name" ] || fail "synth wrote beside the candles of others"
  rm -r real
done

echo "its own candles"
alone synth "${few[@]}"; expect 0 'KRW-ETH +14[0-9]{2} +0\.[0-9]{4}$'
grep -q '"artificial": true' raw/KRW-BTC.source.json || fail "the sidecar does not say artificial"
before=$(state raw)
alone synth "${few[@]}"; expect 0 'KRW-BTC .*  unchanged' 'KRW-ETH .*  unchanged'
[ "$(state raw)" = "$before" ] || fail "equal candles were written again"
alone synth "${few[@]}" run.seed=9; expect 0
! grep -q unchanged out.txt || fail "the candles of another seed are the same"
alone synth "${few[@]}"; expect 0
[ "$(cd raw; sha256sum ./*.csv.gz)" = "$(grep -E '^[0-9a-f]{64}  .*\.gz$' <<<"$before")" ] ||
  fail "the candles of a seed are not always the same"

echo "candles of a version without sidecars"
rm raw/*.source.json
unchanged raw synth "${few[@]}" run.seed=9  # synthetic.json is of this version
sed -i '/"version"/d; s/},$/}/' raw/synthetic.json
alone synth "${few[@]}" run.seed=9; expect 0
[ "$(ls raw/*.source.json | wc -l)" = 2 ] || fail "the candles did not get sidecars"
rm raw/*.source.json
sed -i '/"version"/d; s/},$/}/; s/KRW-ETH/KRW-XRP/' raw/synthetic.json
unchanged raw synth "${few[@]}"; expect 3 "raw/KRW-ETH.csv.gz' was not written by this program"
