// swift-tools-version: 6.0
//
// Primer for Swift. SwiftPM wants the manifest of a package that is fetched by URL at the repository's top, and one
// manifest is enough: everything else of it is in bindings/swift and examples/swift.
//
// The library itself, libprimer, is written in Rust and is not built by SwiftPM:
//
// - on Linux it is found by pkg-config ("primer"), as `make install` has put it there;
// - on Apple platforms it is an XCFramework, which tools/make_xcframework.sh makes. With PRIMER_PKG_CONFIG=1 in the
//   environment macOS takes an installed libprimer instead.

import PackageDescription

let installed = Target.systemLibrary(name: "CPrimer", path: "bindings/swift/Sources/CPrimer", pkgConfig: "primer")

#if canImport(Darwin)
let library =
    Context.environment["PRIMER_PKG_CONFIG"] == "1"
    ? installed : Target.binaryTarget(name: "CPrimer", path: "build/swift/CPrimer.xcframework")
#else
let library = installed
#endif

let package = Package(
    name: "primer",
    platforms: [.macOS(.v13), .iOS(.v16)],
    products: [.library(name: "Primer", targets: ["Primer"])],
    targets: [
        library,
        .target(name: "Primer", dependencies: ["CPrimer"], path: "bindings/swift/Sources/Primer"),
        .testTarget(name: "PrimerTests", dependencies: ["Primer", "CPrimer"], path: "bindings/swift/Tests/PrimerTests"),
        .executableTarget(name: "ner_tagger", dependencies: ["Primer"], path: "examples/swift/ner_tagger"),
    ],
    swiftLanguageModes: [.v6]
)
