#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs missing packages, and builds the Debian package build-package/moneta_<version>_amd64.deb
# without CUDA:
#   launch/package.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash launch/build.sh --package
cd build-package
rm -f ./*.deb
cpack -G DEB
echo "Install it with: sudo apt install ./build-package/$(echo ./*.deb | sed 's|^\./||')"
