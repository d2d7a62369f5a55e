#!/usr/bin/env bash
# docs.sh PAGE FOLDER   makes a SwiftPM package of the programs on a page, as a user of the library would have it.
#
# QuickStart is the first block marked ```swift, Page all of them behind each other, each in a scope of its own.
# FOLDER/expected.txt is the first block marked ```text, what QuickStart prints.
set -euo pipefail
page=$1 folder=$2
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "$folder/Sources/QuickStart" "$folder/Sources/Page"

# The lines of the blocks with a mark; of the first alone, or of all, each between `do {` and `}`.
blocks() {
    awk -v mark="$1" -v only="${2:-}" '
        $0 == "```" && inside { inside = 0; if (!only) print "}"; else exit; next }
        $0 == "```" mark { inside = 1; if (!only) print (n++ ? "do {" : "//"); next }
        inside { print }' "$page"
}

blocks swift first >"$folder/Sources/QuickStart/main.swift"
blocks text first >"$folder/expected.txt"
# Imports go to the top. The first block stays open: the others use its names.
all=$(blocks swift | sed '0,/^}$/{/^}$/d}')
{
    grep -E '^(@_spi\(Experimental\) )?import ' <<<"$all" | sort -u
    grep -vE '^(@_spi\(Experimental\) )?import ' <<<"$all"
} >"$folder/Sources/Page/main.swift"

cat >"$folder/Package.swift" <<END
// swift-tools-version: 6.0
import PackageDescription

let primer: [Target.Dependency] = [.product(name: "Primer", package: "primer")]
let package = Package(
    name: "page",
    dependencies: [.package(name: "primer", path: "$top")],
    targets: [
        .executableTarget(name: "QuickStart", dependencies: primer),
        .executableTarget(name: "Page", dependencies: primer),
    ],
    swiftLanguageModes: [.v6]
)
END
