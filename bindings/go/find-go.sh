#!/bin/sh
# find-go.sh VERSION FOLDER: prints the path of a Go of at least this version, on the PATH or in the folder; nothing where
# there is none.
new_enough() {
    version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    version=${version#go}
    [ "$(printf '%s\n%s\n' "$2" "${version%% *}" | sort -V | head -n 1)" = "$2" ]
}
for go in "$(command -v go)" /usr/local/go/bin/go /usr/lib/go-*/bin/go "$2/bin/go"; do
    if [ -x "$go" ] && new_enough "$go" "$1"; then
        echo "$go"
        exit
    fi
done
