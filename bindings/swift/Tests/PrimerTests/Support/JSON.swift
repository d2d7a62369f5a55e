import Foundation

/// A JSON value, for the files of tests/conformance.
enum JSON: Decodable, Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    /// A file of tests/conformance.
    init(conformance name: String) throws {
        let data = try Data(contentsOf: Fixture.top.appendingPathComponent("tests/conformance/\(name).json"))
        self = try JSONDecoder().decode(JSON.self, from: data)
    }

    subscript(_ key: String) -> JSON? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    var keys: Set<String> {
        guard case .object(let object) = self else { return [] }
        return Set(object.keys)
    }

    // What is of another type is a mistake in the file: the test ends there.
    var string: String {
        guard case .string(let string) = self else { fatalError("no string: \(self)") }
        return string
    }
    var double: Double {
        guard case .number(let number) = self else { fatalError("no number: \(self)") }
        return number
    }
    var int: Int {
        guard let int = Int(exactly: double) else { fatalError("no integer: \(self)") }
        return int
    }
    var bool: Bool {
        switch self {
        case .bool(let bool): return bool
        case .number(0): return false
        case .number(1): return true
        default: fatalError("no truth value: \(self)")
        }
    }
    var array: [JSON] {
        guard case .array(let array) = self else { fatalError("no array: \(self)") }
        return array
    }
    var strings: [String] { array.map(\.string) }
    var ints: [Int] { array.map(\.int) }
    var range: Range<Int> { array[0].int..<array[1].int }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .number(Double(value)) }
    init(floatLiteral value: Double) { self = .number(value) }
    init(arrayLiteral elements: JSON...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
}
