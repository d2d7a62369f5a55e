#!/bin/sh
# Stands in for nvcc where Rust code is only to be type-checked: the kernels come out empty. Nothing made with it can run.
set -eu
out='' folder=. source='' kind=object
while [ $# -gt 0 ]; do
    case $1 in
        --version) echo "no compiler"; exit ;;
        -o) out=$2; shift ;;
        --output-directory) folder=$2; shift ;;
        --default-stream | -ccbin | -Xcompiler) shift ;;
        --ptx) kind=ptx ;;
        --lib) kind=library ;;
        -*) ;;
        *) source=$1 ;;
    esac
    shift
done
case $kind in
    ptx) : > "$folder/$(basename "$source" .cu).ptx" ;;
    object) : > "$out" ;;
    library) printf '!<arch>\n' > "$out" ;;
esac
