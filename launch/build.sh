#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs missing packages (Debian, Ubuntu) and builds moneta in build/:
#   launch/build.sh               the program, build/moneta
#   launch/build.sh --tests       the tests as well
#   launch/build.sh --sanitize    program and tests with AddressSanitizer and UBSan, in build-sanitize/
#   launch/build.sh --sanitize=thread   those that use threads, with ThreadSanitizer, in build-thread/
#   launch/build.sh --install-only ...      installs missing packages and builds nothing
#   launch/build.sh --package     the program for a Debian package, without CUDA, in build-package/
# With MONETA_INSTALL=no, no packages are installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=build install_only=no targets="moneta install_files"
packages="g++ cmake ninja-build openmpi-bin libopenmpi-dev libhdf5-dev libyaml-cpp-dev
libboost-log-dev libfmt-dev libdnnl-dev libcli11-dev nlohmann-json3-dev zlib1g-dev libssl-dev
libcurl4-openssl-dev ca-certificates libisal-dev libfast-float-dev libsimdjson-dev libzip-dev
libgtest-dev"
options=(-DCMAKE_BUILD_TYPE=Release)
sanitizer() {
  options=(-DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=-O1 -g1" -DMONETA_WITH_CUDA=OFF
    "-DMONETA_SANITIZE=$1")
}
for argument in "$@"; do
  case $argument in
    --tests)
      targets=all packages="$packages hdf5-tools clang-format-14 clang-tidy-14 help2man"
      # If the distribution has other names for libFuzzer, the fuzz targets are left out.
      for package in clang-14 libclang-rt-14-dev; do
        ! apt-cache show "$package" >/dev/null 2>&1 || packages="$packages $package"
      done
      # Tests that start their own Slurm need root. An installed Slurm is not changed.
      [ "$(id -u)" != 0 ] || command -v sbatch >/dev/null || packages="$packages slurm-wlm munge iproute2"
      ;;
    # Assertions are enabled here. CUDA has its own sanitizers.
    --sanitize) folder=build-sanitize targets=all; sanitizer address ;;
    --sanitize=thread)
      folder=build-thread
      targets="base_tests checkpoint_tests telemetry_logging_tests telemetry_alerts_tests"
      targets="$targets telemetry_monitor_tests telemetry_export_tests coord_tests train_tests"
      targets="$targets comm_mpi_tests moneta"
      sanitizer thread
      ;;
    --install-only) install_only=yes ;;
    # Debian has no packages of CUDA that the package could depend on.
    --package)
      folder=build-package packages="$packages help2man dpkg-dev file"
      options+=(-DMONETA_WITH_CUDA=OFF -DMONETA_ZSH_COMPLETIONS=share/zsh/vendor-completions)
      ;;
    *) sed -n '3,11s/^# \{0,1\}//p' launch/build.sh >&2; exit 2 ;;
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
    echo "These packages are missing, and they cannot be installed without apt-get and either root or" \
      "sudo: ${missing[*]}" >&2
    echo "Install them and start again. If they have other names, set MONETA_INSTALL=no." >&2
    exit 2
  fi
  echo "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -q
  # Slurm is only for tests: its daemons are not started, neither now nor when the machine boots.
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

[ $install_only = no ] || exit 0

# A compiler process needs up to 1.5 GiB.
memory_gib=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
jobs=$((memory_gib * 2 / 3 < 1 ? 1 : memory_gib * 2 / 3))
[ "$jobs" -le "$(nproc)" ] || jobs=$(nproc)
cmake -S . -B "$folder" -G Ninja "${options[@]}"
cmake --build "$folder" --parallel "$jobs" --target $targets
