#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs, builds, and runs every test.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bash "$here/build.sh"
cd "$here/../build"
exec ctest --output-on-failure --parallel 2
