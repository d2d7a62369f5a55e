#!/usr/bin/env bash
# fresh_machine.sh FOLDER [OPTION...]   the README's two commands on a bare Debian 12, and how long each step takes
#
# Makes a minimal Debian 12 in FOLDER/root with debootstrap, installs there what the README says and nothing else, and runs the
# README's commands, word by word, on the commit that is checked out. It needs root, 12 GB of disk, and half an hour to an hour
# of two processors. Nothing outside FOLDER is changed (but that debootstrap is installed where it is missing); what is mounted
# vanishes with the command. The log, with the seconds since its step began before every line, is FOLDER/log.
#
#   --rust DIR       a toolchain (with bin/cargo and bin/rustc) to use by a read-only mount, instead of the README's rustup
#   --registry DIR   a cargo registry (such as ~/.cargo/registry) to copy, so that crates are not downloaded
#   --until STEP     stops after this step: system, packages, rust, source, check, first, test (all)
#   --from STEP      goes on in a FOLDER that an earlier call has made that far
#   FRESH_MIRROR     the Debian mirror (the one that apt here is set to)
#
# Certificates that this machine trusts besides Debian's, its resolver and the settings of apt's proxy and pip are taken over,
# since they belong to the network, not to the machine.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
steps=(system packages rust source check first test)
usage() {
    sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}
number() { # STEP
    local at
    for at in "${!steps[@]}"; do [[ ${steps[at]} != "$1" ]] || { echo "$at"; return; }; done
    echo "no step is called $1: ${steps[*]}" >&2
    exit 2
}

[[ $# -gt 0 && $1 != -* ]] || usage
folder=$1 rust='' registry='' from=0 until=$((${#steps[@]} - 1))
shift
while (($# > 0)); do
    (($# > 1)) || usage
    case $1 in
    --rust) rust=$(realpath "$2") && [[ -x $rust/bin/cargo ]] || { echo "$2 has no bin/cargo" >&2; exit 2; } ;;
    --registry) registry=$(realpath "$2") ;;
    --from) from=$(number "$2") ;;
    --until) until=$(number "$2") ;;
    *) usage ;;
    esac
    shift 2
done
((EUID == 0)) || { echo "fresh_machine.sh needs root: debootstrap and chroot do" >&2; exit 1; }
mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
root=$folder/root log=$folder/log

# --- What the README says ---
block() { # NUMBER: the README's shell block of this number
    awk -v wanted="$1" '/^```sh$/ { on = ++n == wanted; next } /^```$/ { on = 0 } on' "$top/README.md"
}
first=$(block 1 | sed -n 1p)
second=$(block 1 | sed -n 2p)
install=$(block 2 | grep '^apt-get install ')
rustup=$(block 2 | grep 'rustup')
[[ $first == "cargo run"* && $second == "make test" ]] || { echo "README.md: the two commands are not where they were" >&2; exit 1; }

# --- In there ---
# A mount namespace of its own, in which the root folder is a mount point, as the inner namespaces of the tests need it.
inside() { # COMMAND LINE
    ROOT=$root RUST=$rust unshare --mount --propagation private bash -c '
        set -e
        mount --bind "$ROOT" "$ROOT"
        mount -t proc proc "$ROOT/proc"
        mount --rbind /dev "$ROOT/dev"
        if [[ -n $RUST ]]; then
            mkdir -p "$ROOT/opt/rust"
            mount --bind "$RUST" "$ROOT/opt/rust"
            mount -o remount,bind,ro "$ROOT/opt/rust"
        fi
        exec chroot "$ROOT" /usr/bin/env -i HOME=/root TERM=dumb \
            PATH=/root/.cargo/bin:/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            /bin/bash -c "$1"
    ' _ "$1" </dev/null
}

step_system() {
    command -v debootstrap >/dev/null || {
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
    }
    local mirror=${FRESH_MIRROR:-}
    # shellcheck disable=SC2016
    [[ -n $mirror ]] || mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" { print $2; exit }')
    [[ -n $mirror ]] || { echo "apt knows no Debian mirror; FRESH_MIRROR names one" >&2; return 1; }
    debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg bookworm "$root" "$mirror"
    local file
    for file in resolv.conf hosts pip.conf; do cp -L "/etc/$file" "$root/etc/$file" 2>/dev/null || true; done
    mkdir -p "$root/usr/local/share/ca-certificates"
    cp -rL /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
    apt-config dump | grep -iE '^Acquire::([a-z:]*proxy|Check-)' >"$root/etc/apt/apt.conf.d/network" || true
    # Questions are answered as a person would who reads the README: yes.
    echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/yes"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
}
step_packages() { inside "export DEBIAN_FRONTEND=noninteractive; apt-get update && $install"; }
step_rust() {
    if [[ -z $rust ]]; then
        inside "${rustup/%| sh/| sh -s -- -y}"
    fi
    inside 'cargo --version && rustc --version'
}
step_source() {
    rm -rf "$root/root/primer"
    mkdir -p "$root/root/primer"
    git -C "$top" archive HEAD | tar -x -C "$root/root/primer"
    if [[ -n $registry ]]; then
        mkdir -p "$root/root/.cargo/registry"
        cp -a "$registry/." "$root/root/.cargo/registry/"
    fi
    git -C "$top" log -1 --format='%h %s'
}
# What `make test` needs beyond: its packages, Go and Swift, the backbone and ONNX Runtime. Nothing is compiled.
step_check() { inside 'cd ~/primer && make tools backbone onnxruntime'; }
step_first() { inside "cd ~/primer && $first"; }
step_test() { inside "cd ~/primer && $second"; }

# --- All steps ---
stamped() { # every line with the seconds since the step began, to the log and to standard output
    local begun=$SECONDS line
    while IFS= read -r line || [[ -n $line ]]; do
        printf '%5d %s\n' $((SECONDS - begun)) "$line"
    done | tee -a "$log"
}
times=$folder/times
if ((from == 0)); then
    [[ ! -e $root ]] || { echo "$root is there already: remove it, or go on with --from" >&2; exit 1; }
    : >"$times"
    : >"$log"
fi
for ((at = from; at <= until; at++)); do
    step=${steps[at]}
    echo "== $step" | tee -a "$log"
    TIMEFORMAT="$step %R %U %S"
    # Not within a condition, where `set -e` would count for nothing.
    set +e
    { time (set -e; "step_$step") 2>&1 | stamped; } 2>"$times.step"
    status=$?
    set -e
    if ((status != 0)); then
        echo "fresh_machine.sh: the step $step failed ($log)" >&2
        [[ $step$rust != rust ]] || echo "Where rustup cannot be had, --rust uses a toolchain of this machine." >&2
        exit 1
    fi
    cat "$times.step" >>"$times"
done

echo "== how long it took, in seconds"
awk 'BEGIN { printf "%-10s %8s %10s\n", "step", "elapsed", "processor" }
    NF == 4 && $2 ~ /^[0-9.]+$/ { printf "%-10s %8.0f %10.0f\n", $1, $2, $3 + $4; e += $2; p += $3 + $4 }
    END { printf "%-10s %8.0f %10.0f\n", "all", e, p }' "$times"
# The commands that `make test` itself called, as make prints them, each with its own time.
awk '/^== / { step = $2; if (what != "") print_it(at); what = ""; next }
    step == "test" { at = $1 }
    step == "test" && $2 != "" && match($0, /^ *[0-9]+ (make [a-z]|make -C tests|python3 -m unittest|set -o pipefail)/) {
        if (what != "") print_it($1); begun = $1; what = substr($0, 7, 60) }
    END { if (what != "") print_it(at) }
    function print_it(now) { printf "  %6d  %s\n", now - begun, what }' "$log"
