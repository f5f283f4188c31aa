#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# paired_cost.sh WHAT: the cost of a feature when eight coins are trained on two ranks, from runs that
# alternate with and without it, and the cost of the threads that it uses. Needs a build and Python 3.
# WHAT is
#   telemetry     logs, status, TensorBoard, Prometheus, alerts and the GPU monitor: all of it, or with
#                 as much switched off as the configuration allows
#   checkpoints   an additional checkpoint in the middle of every epoch, written while training continues
# Environment: BUILD (build folder), PYTHON, PAIRS (6), HIDDEN (128), DAYS (28) of artificial
# minutes, EPOCHS (3): about a minute per run on two cores with AMX; MINUTES (0.06) until the
# additional checkpoint of an epoch
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-$here/../../build}" && pwd)
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
cat >cost.yaml <<YAML
run:   {name: cost}
synth: {start: "2025-01-01"}
data:  {raw: raw, shards: shards, days: ${DAYS:-28}, timeframes: {1m: 60, 5m: 36}, stride_minutes: 5}
model: {hidden: ${HIDDEN:-128}, layers: 2}
train: {epochs: ${EPOCHS:-3}, batch: 64, accumulate: 1, early_stop: {patience: 0}}
device: {kind: auto, threads: 1}
YAML
"$build/moneta" synth cost.yaml >/dev/null
"$build/moneta" prepare cost.yaml >/dev/null
"${PYTHON:-python3}" "$here/paired_cost.py" --pairs "${PAIRS:-6}" --minutes "${MINUTES:-0.06}" "$1" "$build/moneta" cost.yaml
