#!/usr/bin/env bash
# with_swift.sh COMMAND ARGUMENT...   runs a command where Swift 6 is found, in the current folder.
#
# That is here, where `swift` on PATH is version 6.0 or newer. Otherwise it is the root folder that install_swift.sh
# makes: the command then runs by chroot, in a mount namespace of its own, whose mounts vanish with the command.
#
#   SWIFT_ROOT  the root folder (/opt/swift-trixie)
#   SWIFT_BIND  folders besides this repository that the command needs in there, separated by colons
#
# Status 69: there is no Swift; one line on standard error says what to do.
set -euo pipefail
export SWIFT_ROOT=${SWIFT_ROOT:-/opt/swift-trixie}

# Other programs are called swift, too: what counts is what it says of itself.
if [[ $(swift --version 2>&1) =~ Swift\ version\ ([0-9]+)\. ]] && ((BASH_REMATCH[1] >= 6)); then
    exec "$@"
fi
if [[ ! -e $SWIFT_ROOT/.ready ]]; then
    echo "Swift 6 is missing: run tools/install_swift.sh, or see https://www.swift.org/install" >&2
    exit 69
fi
if ((EUID != 0)); then
    echo "Swift 6 is in $SWIFT_ROOT, which needs root: run as root, or see https://www.swift.org/install" >&2
    exit 69
fi

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export SWIFT_BIND=$top:${SWIFT_BIND:-} SWIFT_CWD=$PWD
# The inner script's variables are its own.
# shellcheck disable=SC2016
exec unshare --mount --propagation private bash -c '
    set -e
    # The dynamic linker finds the folder of a program by /proc.
    mount -t proc proc "$SWIFT_ROOT/proc" 2>/dev/null || mount --rbind /proc "$SWIFT_ROOT/proc"
    mount --rbind /dev "$SWIFT_ROOT/dev"
    IFS=:
    for folder in $SWIFT_BIND; do
        [ -d "$folder" ] || continue
        mkdir -p "$SWIFT_ROOT$folder"
        mount --bind "$folder" "$SWIFT_ROOT$folder"
    done
    unset IFS
    export HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
    exec chroot "$SWIFT_ROOT" /bin/bash -c "cd \"\$SWIFT_CWD\" && exec \"\$@\"" _ "$@"
' _ "$@"
