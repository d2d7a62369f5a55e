@_spi(Experimental) import Primer

/// Every constant of the C header by its name, as this module has it.
enum Constants {
    static let all: [String: Int64] = {
        var all: [String: Int64] = [:]
        for (group, values) in groups {
            for (name, value) in values { all["PRIMER_\(group == "STATUS" ? "" : group + "_")\(name)"] = value }
        }
        return all
    }()

    static func open<E: RawRepresentable>(_ values: [String: E]) -> [String: Int64]
    where E.RawValue: BinaryInteger {
        values.mapValues { Int64($0.rawValue) }
    }

    /// Of an enum every case must be there, and be found again by its number.
    static func closed<E: RawRepresentable & CaseIterable & Hashable>(_ values: [String: E]) -> [String: Int64]
    where E.RawValue == Int32 {
        precondition(Set(values.values) == Set(E.allCases), "\(E.self) has cases without a name of C's")
        precondition(E.allCases.allSatisfy { E(rawValue: $0.rawValue) == $0 })
        precondition(E(rawValue: 1_000) == nil)
        return values.mapValues { Int64($0.rawValue) }
    }

    /// The value of a constant's name.
    static func value(_ name: JSON) -> Int32 {
        guard let value = all[name.string] else { fatalError("no constant \(name.string)") }
        return Int32(value)
    }
}

extension JSON {
    var status: Status { Status(rawValue: Constants.value(self)) }
    var scheme: Scheme { Scheme(rawValue: Constants.value(self)) }
    var unit: TextUnit { TextUnit(rawValue: Constants.value(self))! }
    var sites: LoRASites { array.reduce(into: []) { $0.insert(LoRASites(rawValue: UInt32(Constants.value($1)))) } }
}
