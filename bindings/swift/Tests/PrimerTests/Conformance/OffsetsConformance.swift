import Testing

import Primer

/// tests/conformance/offsets.json
@Suite struct OffsetsConformance {
    @Test func everyCase() throws {
        let cases = try JSON(conformance: "offsets")["cases"]!.array
        try #require(cases.count > 10)
        for test in cases {
            let name = test["name"]!.string
            let known: Set = ["name", "text", "repeat", "from", "to", "positions", "result", "status", "message"]
            #expect(test.keys.isSubset(of: known), "\(name): a field that this runner does not know")
            let text = String(repeating: test["text"]!.string, count: test["repeat"]?.int ?? 1)
            let convert = {
                try Offsets.convert(
                    test["positions"]!.ints, in: text, from: test["from"]!.unit, to: test["to"]!.unit)
            }
            if let result = test["result"] {
                #expect(try convert() == result.ints, "\(name)")
            } else {
                let error = try primerError { _ = try convert() }
                #expect(error.status == test["status"]!.status, "\(name)")
                for part in test["message"]!.strings { #expect(error.message.contains(part), "\(name): \(error)") }
            }
        }
    }

    @Test func positionsBelowZero() throws {
        try expectInvalid("no position -1") { _ = try Offsets.convert([0, -1], in: "ab", from: .byte, to: .utf16) }
    }
}
