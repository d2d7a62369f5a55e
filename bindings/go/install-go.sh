#!/bin/sh
# install-go.sh VERSION FOLDER: unless there is a Go of at least this version, unpacks that of Debian 13 to the folder. The
# packages of the system stay as they are. It needs apt and a compiler for cgo, and says so where it cannot work.
set -eu
here=$(dirname "$0")
command -v pkg-config >/dev/null || apt-get -qq install -y pkg-config >/dev/null 2>&1 || {
    echo "pkg-config is missing: apt-get install pkg-config"
    exit 1
}
go=$("$here/find-go.sh" "$1" "$2")
if [ -n "$go" ]; then
    "$go" version
    exit
fi
missing() {
    echo "Go $1 or newer is missing: see https://go.dev/doc/install"
    exit 1
}
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "Debian" { print $2; exit }')
[ -n "$mirror" ] || missing "$1"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$work/sources.list"
apt() {
    apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root "$@"
}
apt update
(cd "$work" && apt download golang-1.24-go golang-1.24-src)
for package in "$work"/*.deb; do
    dpkg -x "$package" "$work/files"
done
# What the package spreads over two folders by links, in one.
rm -rf "$2"
mkdir -p "$2"
cp -a "$work/files/usr/share/go-1.24/." "$2/"
for entry in bin VERSION go.env; do
    cp -a "$work/files/usr/lib/go-1.24/$entry" "$2/"
done
cp -a "$work/files/usr/lib/go-1.24/pkg/tool" "$2/pkg/"
"$2/bin/go" version
