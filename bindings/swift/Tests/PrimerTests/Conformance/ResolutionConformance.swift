import Foundation
import Testing

import Primer

/// tests/conformance/resolution.json
@Suite struct ResolutionConformance {
    /// Options that leave something open train the adapter of those that say all of it, to the bit, and the one that Rust
    /// trains of them.
    @Test func everyCase() async throws {
        let suite = try JSON(conformance: "resolution")
        let model = try Model(path: suite["model"]!.string)
        let train = try Dataset(path: suite["train"]!.string)
        let cases = suite["cases"]!.array
        try #require(cases.count > 5)
        for (number, test) in cases.enumerated() {
            let name = test["name"]!.string
            #expect(test.keys.isSubset(of: ["name", "options", "resolved"]), "\(name)")
            let given = try await model.adapt(train: train, options: AdaptOptions(test["options"]))
            let resolved = try await model.adapt(train: train, options: AdaptOptions(test["resolved"]))
            #expect(try tensors(given) == tensors(resolved), "\(name)")
            if let known = tensorsOfRust(number) {
                #expect(try tensors(given).elementsEqual(known), "\(name)")
            }
        }
    }

    /// The tensors that the suite in Rust has recorded for a case; nil where its record is older than the library.
    private func tensorsOfRust(_ number: Int) -> Data? {
        func written(_ path: String) -> Date? {
            (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        }
        let path = "target/tmp/resolution/\(number).tensors"
        guard let record = written(path), let library = written("target/release/libprimer.so"), record >= library else {
            return nil
        }
        return FileManager.default.contents(atPath: path)
    }

    /// What stands behind the header of an adapter's file, which tells times.
    private func tensors(_ adapter: Adapter) throws -> ArraySlice<UInt8> {
        let file = try adapter.bytes()
        let header = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        return file[(8 + header)...]
    }
}
