# SPDX-License-Identifier: Apache-2.0
# Shared by the findings. Changes to a fresh folder with a Python environment of its own; both are removed
# at the end.
set -euo pipefail
export PYTHONPATH="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)" PYTHONDONTWRITEBYTECODE=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env

# packages NAME==VERSION...: installs the packages as wheels, so that nothing is compiled.
packages() { env/bin/python -m pip install --quiet --only-binary :all: "$@"; }

# observe: runs the Python program on standard input.
observe() { env/bin/python -W ignore -; }
