import Testing

import Primer

/// tests/conformance/resolution.json
@Suite struct ResolutionConformance {
    /// Options that leave something open train the adapter of those that say all of it, to the bit.
    @Test func everyCase() async throws {
        let suite = try JSON(conformance: "resolution")
        let model = try Model(path: suite["model"]!.string)
        let train = try Dataset(path: suite["train"]!.string)
        let cases = suite["cases"]!.array
        try #require(cases.count > 5)
        for test in cases {
            let name = test["name"]!.string
            #expect(test.keys.isSubset(of: ["name", "options", "resolved"]), "\(name)")
            let given = try await model.adapt(train: train, options: AdaptOptions(test["options"]))
            let resolved = try await model.adapt(train: train, options: AdaptOptions(test["resolved"]))
            #expect(try tensors(given) == tensors(resolved), "\(name)")
        }
    }

    /// What stands behind the header of an adapter's file, which tells times.
    private func tensors(_ adapter: Adapter) throws -> ArraySlice<UInt8> {
        let file = try adapter.bytes()
        let header = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        return file[(8 + header)...]
    }
}
