#!/bin/sh
# Holds a build with the feature cuda (in the folder LIB) to what docs/gpu.md says of machines without a GPU: nothing of
# CUDA's is needed to start, nothing of it is shown to other programs, and the CPU computes as ever.
#   tests/without_gpu.sh LIB
set -eu
lib=$1
cd "$(dirname "$0")/.."
fail() {
    echo "$1" >&2
    exit 1
}
for file in "$lib/primer" "$lib/libprimer.so"; do
    needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
    case $needed in
        *libcu* | *libnv*) fail "$file needs to start: $needed" ;;
        *libc.so*) ;;
        *) fail "$file: what it needs cannot be read: $needed" ;;
    esac
done
shown=$(nm -D --defined-only "$lib/libprimer.so" | sed -n 's/.* [A-Z] //p' | grep -v '^primer_' || true)
[ -z "$shown" ] || fail "$lib/libprimer.so shows more than its own interface: $shown"

"$lib/primer" info models/primer-mini.gguf > /dev/null
"$lib/primer" tag --model models/primer-mini.gguf --adapter models/per-loc-org.safetensors \
    --text 'Ada Lovelace lived in London.' | grep -q London || fail "$lib/primer does not tag"

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$lib/libprimer.so"
echo "libprimer.so, stripped: $(($(wc -c < "$stripped") / 1000000)) MB; it needs none of CUDA's libraries to start"
