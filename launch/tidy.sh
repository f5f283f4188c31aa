#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs clang-tidy 14 with the checks of .clang-tidy on the C++ files of src/ as they are compiled in
# build/, where several files are compiled as one unit:
#   launch/tidy.sh        the units with a file that differs from origin/main, or from the previous
#                         commit if there is no origin/main or nothing differs from it
#   launch/tidy.sh --all  all units: about six minutes of CPU time
# A changed header counts as the .cc file of its name or, without one, as the .cc files that include
# it. If git cannot tell, all units are checked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
database=build/compile_commands.json

case ${1:-} in
  '' | --all) ;;
  --unit)  # checks one unit, prints only what was found
    # g++'s warning options are unknown to clang, and a unit includes .cc files.
    if ! output=$(clang-tidy-14 --quiet -p build --header-filter='/src/.*\.cc$' \
      --checks=-bugprone-suspicious-include,-clang-diagnostic-unknown-warning-option \
      --extra-arg=-Wno-unknown-warning-option --extra-arg=-w "$2" 2>&1); then
      printf '%s\n' "$2:" "$output" | grep -Ev '^[0-9]+ warnings.* generated|^Suppressed|^Use -header-filter'
      exit 1
    fi
    exit
    ;;
  *) sed -n '3,10s/^# \{0,1\}//p' launch/tidy.sh >&2; exit 2 ;;
esac

# changed_files: paths below src/ without their endings; fails if git cannot tell.
changed_files() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null) || base=
  if [ -z "$base" ] || git diff --quiet "$base" -- src 2>/dev/null; then
    base=$(git rev-parse --verify --quiet HEAD~1) || return 1
  fi
  { git diff --name-only "$base" -- src && git ls-files --others --exclude-standard src; } |
    sed -n 's/\.\(cc\|h\)$//p' | while read -r name; do
      if [ -e "$name.cc" ]; then
        echo "$name"
      else
        grep -rlF --include='*.cc' "#include \"${name#src/}.h\"" src | sed 's/\.cc$//' || true
      fi
    done
}

mapfile -t units < <(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$database" |
  grep -E '/src/(.*\.cc|CMakeFiles/.*/Unity/.*\.cxx)$' | LC_ALL=C sort -u)
wanted=("${units[@]}")
if [ "${1:-}" != --all ] && changed=$(changed_files); then
  wanted=()
  for unit in "${units[@]}"; do
    case $unit in *.cxx) files=$(grep -o '/src/[^"]*\.cc' "$unit") ;; *) files=$unit ;; esac
    while read -r name; do
      [[ -z $name || $files != *"/$name.cc"* ]] || { wanted+=("$unit"); break; }
    done <<<"$changed"
  done
fi
failed=0
[ ${#wanted[@]} = 0 ] ||
  printf '%s\0' "${wanted[@]}" | xargs -0 -n 1 -P "$(nproc)" bash launch/tidy.sh --unit || failed=1
echo "clang-tidy: ${#wanted[@]} of ${#units[@]} units checked, $([ $failed = 0 ] && echo no findings || echo FINDINGS)"
exit $failed
