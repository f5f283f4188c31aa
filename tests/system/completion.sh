#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completion in an interactive bash and, where it is installed, zsh.
. "$(dirname "$0")/lib.sh"
command -v script >/dev/null || fail "script (in the packages util-linux and bsdutils) is missing"
mkdir -p configs runs/demo && touch configs/quick.yaml configs/README.md runs/demo/status.json
for shell in bash zsh; do "$MONETA" completion $shell >completion.$shell; done
bash -n completion.bash || fail "the script is not valid bash"
alone completion fish; expect 2 'bash'

# candidates WORD...: what the function of the script offers bash for these words, on one line.
candidates() {
  bash --norc -uc 'source completion.bash; moneta=$1; shift
    COMP_WORDS=(moneta "$@") COMP_CWORD=$#
    _moneta "$moneta" && echo "${COMPREPLY[*]}"' bash "$MONETA" "$@"
}
[ "$(candidates tr)" = train ] || fail "bash: 'tr' -> '$(candidates tr)'"
[ "$(candidates train x.yaml device.kind = c)" = 'cpu cuda' ] || fail "bash: a broken word"
[ "$(candidates train x.yaml device.kind=c)" = 'device.kind=cpu device.kind=cuda' ] ||
  fail "bash: a whole word"
[ "$(candidates nonsense '')" = '' ] || fail "bash: candidates after an unknown command"

# type_into SHELL COMMAND: types into an interactive shell and checks the calls that result. \t is the
# key that completes. The function `moneta` and the program build/moneta complete like the program
# and otherwise print their arguments.
type_into() {
  local call
  {
    printf 'moneta tr\tconf\t\tdevice.kind=cu\t\n'
    printf 'moneta train configs/quick.yaml model.hid\t512\n'
    printf 'moneta sta\trun\td\t\n'
    printf 'build/moneta evaluate runs/demo --check\tbe\t\n'
    printf 'exit\n'
  } | timeout "$limit_s" script -q -c "$2" typed.txt >/dev/null
  sed -i 's/\r//g' typed.txt
  for call in 'train configs/quick.yaml device.kind=cuda' 'train configs/quick.yaml model.hidden=512' \
    'status runs/demo/?' 'evaluate runs/demo --checkpoint best'; do
    grep -Eq "called: $call *\$" typed.txt ||
      { cat -v typed.txt; fail "$1: '$call' was not completed"; }
  done
}
mkdir build
cat >build/moneta <<END
#!/bin/bash
if [ "\$1" = __complete ]; then exec "$MONETA" "\$@"; else echo "called: \$*"; fi
END
chmod +x build/moneta
stand_in="moneta() { $work/build/moneta \"\$@\"; }"

{ echo "$stand_in"; cat completion.bash; } >bashrc
type_into bash "bash --noprofile --rcfile bashrc -i"

if command -v zsh >/dev/null; then
  zsh -n completion.zsh || fail "the script is not valid zsh"
  { echo 'autoload -Uz compinit && compinit -u -D'; echo "$stand_in"; cat completion.zsh; } >.zshrc
  ZDOTDIR=$work type_into zsh "zsh -i"
fi
