#!/usr/bin/env bash
# install_swift.sh   makes Swift 6 ready for with_swift.sh; quick where it is.
#
# Where `swift` on PATH is version 6.0 or newer there is nothing to do. On Debian 13 it installs the package swiftlang.
# On an older Debian, whose libc that package does not take, it makes a root folder of Debian 13 with debootstrap
# (about 700 MB to fetch, 2.6 GB on disk, some minutes) and changes nothing outside but for the package debootstrap.
# Both need root. Elsewhere it says in one line what is missing, with status 69.
#
#   SWIFT_ROOT    the root folder (/opt/swift-trixie)
#   SWIFT_MIRROR  the Debian mirror (the one that apt here is set to)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${SWIFT_ROOT:-/opt/swift-trixie}
suite=trixie
packages=(swiftlang libc6-dev libstdc++-14-dev pkgconf)

if "$here/with_swift.sh" true 2>/dev/null; then
    "$here/with_swift.sh" swift --version 2>/dev/null | head -n 1
    exit 0
fi

missing() {
    echo "Swift 6 is missing and cannot be installed here ($1): see https://www.swift.org/install" >&2
    exit 69
}
[[ -r /etc/os-release ]] || missing "no Linux"
# shellcheck source=/dev/null
. /etc/os-release
[[ ${ID:-} == debian ]] || missing "not Debian"
((EUID == 0)) || missing "not root"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

if ((${VERSION_ID:-0} >= 13)); then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    exec "$here/with_swift.sh" swift --version
fi

if ! command -v debootstrap >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi
sources() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" { print $2; exit }'
}
mirror=${SWIFT_MIRROR:-$(sources)}
[[ -n $mirror ]] || { apt-get update -qq && mirror=$(sources); }
[[ -n $mirror ]] || missing "apt knows no Debian mirror; SWIFT_MIRROR names one"

# What an earlier, broken run left is made anew. Only a folder that this script has made is ever removed.
if [[ -d $root && -n $(ls -A "$root") && ! -e $root/.made-by-install-swift ]]; then
    missing "$root is in use by something else; SWIFT_ROOT names another folder"
fi
rm -rf --one-file-system "$root"
mkdir -p "$root"
touch "$root/.made-by-install-swift"
echo "Swift: making $root (some minutes)"
log=$root/install.log
exec 3>&1 4>&2 >"$log" 2>&1
trap 'exec 2>&4; tail -n 5 "$log" >&2; missing "$log says why"' ERR
debootstrap --variant=minbase --include=ca-certificates,git \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$suite" "$root" "$mirror"
# No daemon starts in there, documentation stays out, and files need not reach the disk one by one: without .ready the folder
# is made anew.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
printf 'path-exclude /usr/share/%s/*\n' doc man locale >"$root/etc/dpkg/dpkg.cfg.d/small"
echo force-unsafe-io >>"$root/etc/dpkg/dpkg.cfg.d/small"
for file in resolv.conf hosts; do
    cp -L "/etc/$file" "$root/etc/$file" 2>/dev/null || true
done
apt-config dump | grep -i '^Acquire::[a-z:]*proxy' >"$root/etc/apt/apt.conf.d/proxy" || true

chroot "$root" apt-get update -qq
chroot "$root" apt-get install -y -qq --no-install-recommends "${packages[@]}"
chroot "$root" apt-get clean
rm -rf "${root:?}"/var/lib/apt/lists/*
touch "$root/.ready"
exec "$here/with_swift.sh" swift --version >&3
