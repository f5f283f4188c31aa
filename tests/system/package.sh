#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `cmake --install` into a fresh prefix, and the installed program with its configurations and launch
# scripts.
. "$(dirname "$0")/lib.sh"
prefix=$work/usr
cmake --install "$BUILD" --prefix "$prefix" >install.txt 2>&1 || { cat install.txt; fail "not installed"; }
export PATH=$prefix/bin:$PATH
unset BUILD
MONETA=$(command -v moneta)
[ "$MONETA" = "$prefix/bin/moneta" ] || fail "'$MONETA' is not the installed program"
alone --version; expect 0 '^moneta [0-9]+\.[0-9]+\.[0-9]+( \(git [0-9a-f]+(-dirty)?\))?$'

echo "documentation and completion"
for file in share/doc/moneta/LICENSE share/doc/moneta/README.md share/moneta/configs/upbit8.yaml \
  share/moneta/launch/slurm/train.sbatch; do
  [ -s "$prefix/$file" ] || fail "$file is missing"
done
for shell in bash zsh; do moneta completion $shell >$shell.txt; done
cmp bash.txt "$prefix/share/bash-completion/completions/moneta" || fail "other completion for bash"
cmp zsh.txt "$(find "$prefix/share/zsh" -name _moneta)" || fail "other completion for zsh"
if [ "$MAN_PAGE" = yes ]; then
  gunzip -c "$prefix/share/man/man1/moneta.1.gz" >man.txt || fail "no man page"
  for command in $(moneta __complete '' | tail -n +2); do
    grep -q "moneta $command" man.txt || fail "the man page lacks 'moneta $command'"
  done
fi

echo "the installed configurations and launch scripts"
config=$prefix/share/moneta/configs/quickstart.yaml
small="coins=[KRW-BTC] placement=null data.days=3"
alone synth "$config" $small; expect 0
alone prepare "$config" $small; expect 0 'shards written'
unset MONETA
mkdir stand_ins
printf '#!/bin/sh\nexit 1\n' >stand_ins/nvidia-smi  # a machine without GPUs
chmod 755 stand_ins/nvidia-smi
status=0
PATH=$work/stand_ins:$PATH MONETA_RANKS=1 timeout "$limit_s" \
  "$prefix/share/moneta/launch/train.sh" "$config" $small train.epochs=1 device.kind=cpu \
  >out.txt 2>&1 || status=$?
expect 0 "\\+ mpirun .*$prefix/bin/moneta train" 'the run is in'
