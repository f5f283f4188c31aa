#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the tools of HDF5 show of a shard: names, types, shapes, axes, descriptions, units, and
# checksums that detect damage. They copy it without loss. PYTHON's h5py, xarray and netCDF4, and
# ncdump, read it where they are installed.
. "$(dirname "$0")/lib.sh"
command -v h5ls >/dev/null && command -v h5dump >/dev/null || fail "hdf5-tools is not installed"
# A month with more rows than a chunk, in chunks of whole windows of 60 rows.
market data.days=14 'data.timeframes={1m: 60, 5m: 12}'
shard=shards/KRW-BTC/2025-02.h5

# tool PROGRAM ARGUMENTS...: must succeed; its output is in out.txt.
tool() { status=0; "$@" >out.txt 2>&1 || status=$?; expect 0; }

# attribute OBJECT NAME: its value as printed by h5dump, without the zeros that pad a text.
attribute() {
  tool h5dump -a "${1%/}/$2" "$shard"
  sed -n 's/\\000//g; /DATA {/,/}/s/^ *([0-9]*): *//p' out.txt
}

# listed KEY: a value of the shard's entry in the manifest.
listed() {
  awk -F': ' -v key="\"$1\"" '/"file"/ { here = /KRW-BTC\/2025-02.h5/ }
    here && index($0, key) { gsub(/[",]/, "", $2); print $2; found = 1; exit }
    END { if (!found) print "not in the manifest" }' shards/manifest.json
}

echo "names and shapes"
tool h5ls -r "$shard"
diff <(tr -s ' ' <out.txt) - <<END || fail "h5ls -r lists something else"
/ Group
/1m Group
/1m/feature Dataset {23}
/1m/features Dataset {$(listed 1m), 23}
/1m/filled Dataset {$(listed 1m)}
/1m/time Dataset {$(listed 1m)}
/5m Group
/5m/feature Dataset {23}
/5m/features Dataset {$(listed 5m), 23}
/5m/filled Dataset {$(listed 5m)}
/5m/time Dataset {$(listed 5m)}
/samples Group
/samples/close Dataset {$(listed samples)}
/samples/end_1m Dataset {$(listed samples)}
/samples/end_5m Dataset {$(listed samples)}
/samples/target Dataset {$(listed samples)}
/samples/time Dataset {$(listed samples)}
END

echo "attributes of the file"
while read -r object name value; do
  [ "$(attribute "$object" "$name")" = "$value" ] ||
    fail "$object: $name is $(attribute "$object" "$name"), not $value"
done <<END
/    format          "moneta-shard"
/    version         2
/    layout          "compact"
/    market          "KRW-BTC"
/    month           "2025-02"
/    generator       "moneta prepare $("$MONETA" --version | cut -d" " -f2-)"
/    timeframes      "1m,5m"
/    horizon_minutes 15
/    source_digest   "$(listed source_digest)"
/1m  minutes         1
/1m  window_steps    60
/5m  minutes         5
/5m  window_steps    12
END
attribute / created_utc | grep -Eqx '"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"' || fail "created_utc"
names=$(attribute / feature_names | grep -o '"[a-z0-9_]*"')
[ "$(sort -u <<<"$names" | wc -l)" = 23 ] || fail "not 23 feature names: $names"
[ "$(head -1 <<<"$names") $(tail -1 <<<"$names")" = '"log_return_1" "volatility_60"' ] ||
  fail "the features are in another order: $names"
for group in / /1m /5m /samples; do
  tool h5dump -a "${group%/}/description" "$shard"; expect 0 '"[A-Z][^"]{20,}"'
done

echo "types, filters, axes, units"
while IFS='|' read -r object type labels units; do
  object=${object// /} scale=${object%/*}/time
  tool h5dump -H -p -d "$object" "$shard"
  expect 0 "DATATYPE +${type// /}" 'LAYOUT' 'CHUNKED' 'CHECKSUM FLETCHER32'
  tool h5ls -v "$shard$object"; expect 0 'fletcher32' 'Attribute: description' 'Attribute: units'
  [ "$(attribute $object units)" = "\"$units\"" ] || fail "$object: units are $(attribute $object units)"
  tool h5dump -a "$object/description" "$shard"; expect 0 '"[1A-Z][^"]{10,}"'
  if [ "$object" = "$scale" ]; then
    [ "$(attribute $object CLASS) $(attribute $object NAME)" = '"DIMENSION_SCALE" "time"' ] ||
      fail "$object is not a dimension scale"
    continue
  fi
  [ "$(attribute $object DIMENSION_LABELS | tr -d ' "')" = "${labels// /}" ] || fail "$object: labels"
  attribute $object DIMENSION_LIST | grep -Eq "^\(DATASET [0-9]+ \"?$scale" || fail "$object: wrong scale"
  h5dump -a "$scale/REFERENCE_LIST" "$shard" | grep "$object" >/dev/null || fail "$scale does not refer to $object"
done <<'END'
/1m/time        |H5T_STD_I64LE  |             |seconds since 1970-01-01 UTC
/1m/features    |H5T_IEEE_F32LE |time,feature |1 (ratios and log returns)
/1m/filled      |H5T_STD_I8LE   |time         |1
/5m/time        |H5T_STD_I64LE  |             |seconds since 1970-01-01 UTC
/5m/features    |H5T_IEEE_F32LE |time,feature |1 (ratios and log returns)
/5m/filled      |H5T_STD_I8LE   |time         |1
/samples/time   |H5T_STD_I64LE  |             |seconds since 1970-01-01 UTC
/samples/end_1m |H5T_STD_I64LE  |time         |row
/samples/end_5m |H5T_STD_I64LE  |time         |row
/samples/close  |H5T_IEEE_F64LE |time         |quote currency
/samples/target |H5T_IEEE_F32LE |time         |1 (natural logarithm)
END
tool h5ls -v "$shard/1m/features"; expect 0 'Chunks: +\{7980, 23\}'

for scale in /1m/feature /5m/feature; do
  [ "$(attribute $scale CLASS) $(attribute $scale NAME)" = '"DIMENSION_SCALE" "feature"' ] ||
    fail "$scale is not a dimension scale"
  attribute ${scale}s DIMENSION_LIST | grep -Eq "\(DATASET [0-9]+ \"?$scale" || fail "$scale: not attached"
  tool h5dump -d $scale "$shard"; expect 0 'CSET H5T_CSET_UTF8' 'STRSIZE H5T_VARIABLE' '"volatility_60"'
  [ "$(grep -o '"[a-z0-9_]*"' out.txt | grep -vx '"feature"' | head -23)" = "$names" ] ||
    fail "$scale: other names"
done

echo "values"
tool h5dump -y -d /samples/time -s 0 -c 1 "$shard"; expect 0 "^ +$(listed first_time_s)$"
tool h5dump -y -d /samples/time -s "$(($(listed samples) - 1))" -c 1 "$shard"
expect 0 "^ +$(listed last_time_s)$"

echo "checksums"
tool h5dump -d /1m/features -o features.txt "$shard"
cp "$shard" damaged.h5
printf 'damage' | dd of=damaged.h5 bs=1 seek="$(($(stat -c %s "$shard") / 2))" conv=notrunc status=none
! h5dump -o damaged.txt damaged.h5 >out.txt 2>&1 || fail "h5dump reads a damaged shard"

echo "copies"
cp "$shard" cleared.h5
tool h5clear -s cleared.h5
cmp "$shard" cleared.h5 || fail "h5clear -s changes a shard that is not open"
tool h5repack -f GZIP=1 "$shard" packed.h5
tool h5diff "$shard" packed.h5
alone inspect packed.h5; expect 0 '"sound": true' '"market": "KRW-BTC"'

echo "other tools"
if command -v ncdump >/dev/null; then
  tool ncdump -h "$shard"
  expect 0 'group: 1m' 'float features\(time, feature\)' 'string feature\(feature\)' 'byte filled\(time\)' \
    'double close\(time\)' 'string :market = "KRW-BTC"'
else
  echo "ncdump: skipped (it is not installed)"
fi
tool "$PYTHON" "$TESTS/system/read_shard.py" "$shard" KRW-BTC 1m,5m
cat out.txt
echo "the tools show everything"
