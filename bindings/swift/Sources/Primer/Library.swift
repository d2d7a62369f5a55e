import CPrimer

/// What is to be known of the library `libprimer` that this program runs with.
public enum Library {
    /// The library's version, such as "0.1.0".
    public static var version: String { String(cString: primer_version()) }

    /// The version of the library's C interface: major version times 65536 plus minor version.
    public static var abiVersion: UInt32 { primer_abi_version() }

    /// The version of the C interface that this program was compiled for, as ``abiVersion``.
    public static let compiledABIVersion = UInt32(PRIMER_VERSION_MAJOR) << 16 | UInt32(PRIMER_VERSION_MINOR)

    /// Whether the library was built with an optional feature such as "cuda".
    ///
    /// - Parameter name: The feature. One that does not exist is not there.
    public static func hasFeature(_ name: String) -> Bool {
        // A name with a NUL byte is no feature's, whatever stands before it.
        !name.utf8.contains(0) && primer_has_feature(name) == 1
    }

    /// Throws where the library cannot serve this program: another major version, or an older minor one.
    ///
    /// Everything that makes an object checks this by itself; a program may call it at its start to fail early.
    ///
    /// - Throws: ``PrimerError`` with ``Status/unsupported``.
    public static func checkVersion() throws {
        try check(abiVersion: abiVersion)
    }

    static func check(abiVersion library: UInt32) throws {
        let compiled = compiledABIVersion
        guard library >> 16 == compiled >> 16, library & 0xffff >= compiled & 0xffff else {
            let name = { (version: UInt32) in "\(version >> 16).\(version & 0xffff)" }
            throw PrimerError(
                .unsupported,
                "this program was compiled for libprimer \(name(compiled)) and runs with \(name(library))")
        }
    }
}
