#!/bin/sh
# Prints the offsets and sizes of the structures in layout.c for each system, one
# "SYSTEM NAME VALUE" a line. It needs clang.
set -eu
cd "$(dirname "$0")"
show() {
    system=$1
    shift
    clang "$@" -O0 -S -emit-llvm -o - layout.c | sed -n "s/^@V_\(.*\) = .*i64 \([0-9]*\),.*/$system \1 \2/p"
}
show openbsd64 --target=x86_64-unknown-openbsd7
show openbsd64old --target=x86_64-unknown-openbsd7 -DOLD
show openbsd32 --target=i386-unknown-openbsd7
show openbsd32old --target=i386-unknown-openbsd7 -DOLD
show dragonfly --target=x86_64-unknown-dragonfly -DDRAGONFLY
