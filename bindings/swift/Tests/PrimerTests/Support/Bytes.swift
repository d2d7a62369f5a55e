import Foundation

extension JSON {
    /// Bytes as the conformance suite writes them: text, hexadecimal digits, or what a file holds, with changes.
    var bytes: [UInt8] {
        var bytes: [UInt8]
        if let text = self["text"] {
            bytes = Array(text.string.utf8)
        } else if let hex = self["hex"] {
            bytes = Self.bytes(ofHex: hex.string)
        } else {
            let url = Fixture.top.appendingPathComponent(self["file"]!.string)
            bytes = Array(try! Data(contentsOf: url).prefix(self["size"]?.int ?? .max))
        }
        for change in self["changes"]?.array ?? [] {
            let replacement = Self.bytes(ofHex: change.array[1].string)
            let start = change.array[0].int
            bytes.replaceSubrange(start..<start + replacement.count, with: replacement)
        }
        precondition(keys.isSubset(of: ["text", "hex", "file", "size", "changes"]), "unknown bytes: \(self)")
        return bytes
    }

    private static func bytes(ofHex hex: String) -> [UInt8] {
        precondition(hex.utf8.count % 2 == 0)
        var rest = Substring(hex)
        var bytes: [UInt8] = []
        while !rest.isEmpty {
            bytes.append(UInt8(rest.prefix(2), radix: 16)!)
            rest.removeFirst(2)
        }
        return bytes
    }
}
