#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From nothing to eight trained coins: installs packages, builds, creates an artificial market, prepares
# shards, trains on two ranks and evaluates. If it is started again, training resumes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash launch/build.sh
config=configs/quickstart.yaml

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || step() { printf '\n%s\n' "$*"; }

step "1 of 4: an artificial market (build/moneta synth $config)"
build/moneta synth "$config"
step "2 of 4: features and shards (build/moneta prepare $config)"
build/moneta prepare "$config"
step "3 of 4: training (launch/train.sh $config)"
MONETA_RANKS=2 bash launch/train.sh "$config"
step "4 of 4: the test split (build/moneta evaluate runs/quickstart)"
build/moneta evaluate runs/quickstart
