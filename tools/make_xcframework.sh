#!/usr/bin/env bash
# make_xcframework.sh [--zip]   builds libprimer for Apple platforms as build/swift/CPrimer.xcframework, which Package.swift
# takes there. Runs on a Mac with Xcode, rustup and cargo.
#
#   --zip      also packs it and prints the checksum that a manifest with a URL wants
#   PLATFORMS  what to build for (macos ios ios-simulator)
#   FEATURES   features of the crate (none)
#
# The library in it is static: an app needs no embedded framework.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
zip=no
case ${1:-} in
    '') ;;
    --zip) zip=yes ;;
    *) echo "usage: make_xcframework.sh [--zip]" >&2; exit 2 ;;
esac

[[ $(uname -s) == Darwin ]] || { echo "make_xcframework.sh needs macOS: Xcode makes XCFrameworks" >&2; exit 69; }
for tool in xcodebuild lipo rustup cargo; do
    command -v "$tool" >/dev/null || { echo "make_xcframework.sh: $tool is missing" >&2; exit 69; }
done

# The oldest systems that Package.swift names.
export MACOSX_DEPLOYMENT_TARGET=13.0 IPHONEOS_DEPLOYMENT_TARGET=16.0

# The Rust targets of a platform; several are put into one library.
targets() {
    case $1 in
        macos) echo aarch64-apple-darwin x86_64-apple-darwin ;;
        ios) echo aarch64-apple-ios ;;
        ios-simulator) echo aarch64-apple-ios-sim x86_64-apple-ios ;;
        *) echo "make_xcframework.sh: no platform $1: macos, ios, ios-simulator" >&2; return 2 ;;
    esac
}

out=build/swift/CPrimer.xcframework
work=build/swift/xcframework
rm -rf "$work" "$out"
# A folder of the module's own: module maps of several packages would meet in one.
mkdir -p "$work/Headers/CPrimer"
cp include/primer.h "$work/Headers/CPrimer/primer.h"
cat >"$work/Headers/CPrimer/module.modulemap" <<END
module CPrimer [system] {
    header "primer.h"
    export *
}
END

arguments=()
read -r -a platforms <<<"${PLATFORMS:-macos ios ios-simulator}"
for platform in "${platforms[@]}"; do
    names=$(targets "$platform")
    libraries=()
    for target in $names; do
        rustup target add "$target"
        cargo rustc --profile dist --lib --crate-type staticlib --target "$target" ${FEATURES:+--features "$FEATURES"}
        libraries+=("target/$target/dist/libprimer.a")
    done
    mkdir -p "$work/$platform"
    lipo -create "${libraries[@]}" -output "$work/$platform/libprimer.a"
    arguments+=(-library "$work/$platform/libprimer.a" -headers "$work/Headers")
done
xcodebuild -create-xcframework "${arguments[@]}" -output "$out"
cp LICENSE-MIT LICENSE-APACHE "$out/"
echo "$out"

if [[ $zip == yes ]]; then
    ditto -c -k --sequesterRsrc --keepParent "$out" "$out.zip"
    swift package compute-checksum "$out.zip"
fi
