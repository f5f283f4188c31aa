#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing (Debian, Ubuntu) and builds moneta into build/.
#   launch/build.sh               the program: build/moneta
#   launch/build.sh --tests       the tests too
#   launch/build.sh --sanitize    program and tests with AddressSanitizer and UBSan: build-sanitize/
#   launch/build.sh --sanitize=thread   those with threads, with ThreadSanitizer: build-thread/
# MONETA_INSTALL=no leaves the system's packages alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=build targets=moneta
packages="g++ cmake ninja-build openmpi-bin libopenmpi-dev libhdf5-dev libyaml-cpp-dev
libboost-log-dev libfmt-dev libdnnl-dev libcli11-dev nlohmann-json3-dev zlib1g-dev libssl-dev libcurl4-openssl-dev
ca-certificates libgtest-dev"
options=(-DCMAKE_BUILD_TYPE=Release)
sanitizer() {
  options=(-DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=-O1 -g1" -DMONETA_WITH_CUDA=OFF
    "-DMONETA_SANITIZE=$1")
}
for argument in "$@"; do
  case $argument in
    --tests)
      targets=all packages="$packages hdf5-tools clang-format-14"
      # Where the distribution names libFuzzer otherwise, the fuzz targets are left out.
      for package in clang-14 libclang-rt-14-dev; do
        ! apt-cache show "$package" >/dev/null 2>&1 || packages="$packages $package"
      done
      # Tests that start a Slurm of their own need root. A Slurm that is here is left as it is.
      [ "$(id -u)" != 0 ] || command -v sbatch >/dev/null || packages="$packages slurm-wlm munge iproute2"
      ;;
    # Assertions are checked here; CUDA has sanitizers of its own.
    --sanitize) folder=build-sanitize targets=all; sanitizer address ;;
    --sanitize=thread)
      folder=build-thread
      targets="base_tests checkpoint_tests telemetry_tests train_tests comm_mpi_tests moneta"
      sanitizer thread
      ;;
    *) sed -n '3,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

missing=()
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ] && [ "${MONETA_INSTALL:-yes}" != no ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  if ! command -v apt-get >/dev/null || { [ ${#as_root[@]} = 1 ] && ! command -v sudo >/dev/null; }
  then
    echo "These packages are missing, and there is no apt-get, or neither root nor sudo, to install" \
      "them: ${missing[*]}" >&2
    echo "Install them and start again; under other names set MONETA_INSTALL=no." >&2
    exit 2
  fi
  echo "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -q
  # Slurm is there for tests: its daemons do not start now, nor with the machine.
  off=() policy=/usr/sbin/policy-rc.d
  [[ " ${missing[*]} " != *" munge "* ]] || off+=(munge)
  [[ " ${missing[*]} " != *" slurm-wlm "* ]] || off+=(slurmctld slurmd)
  if [ ${#off[@]} -gt 0 ] && [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\ncase "$*" in *munge*|*slurm*) exit 101 ;; esac\n' >$policy
    chmod 755 $policy
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
  for service in "${off[@]}"; do update-rc.d "$service" disable || true; done
fi

# One compiler takes up to 1.5 GiB.
memory_gib=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
jobs=$((memory_gib * 2 / 3 < 1 ? 1 : memory_gib * 2 / 3))
[ "$jobs" -le "$(nproc)" ] || jobs=$(nproc)
cmake -S . -B "$folder" -G Ninja "${options[@]}"
cmake --build "$folder" --parallel "$jobs" --target $targets
