#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing (Debian, Ubuntu; as root or through sudo) and builds into build/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages="g++ cmake ninja-build git openmpi-bin libopenmpi-dev libhdf5-dev hdf5-tools
libyaml-cpp-dev libboost-log-dev libdnnl-dev libcli11-dev nlohmann-json3-dev libgtest-dev
zlib1g-dev libssl-dev pkg-config ${MONETA_EXTRA_PACKAGES:-}"
missing=
for package in $packages; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ]; then
  root=
  [ "$(id -u)" = 0 ] || root=sudo
  echo "Installing:$missing"
  $root apt-get update -q
  # shellcheck disable=SC2086  # a list of names
  DEBIAN_FRONTEND=noninteractive $root apt-get install -y -q --no-install-recommends $missing
fi
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release
cmake --build build --parallel "$(nproc)"
