import CPrimer

extension String {
    /// A copy of borrowed text; nil where there is none.
    init?(_ borrowed: primer_str) {
        guard let data = borrowed.data else { return nil }
        self.init(decoding: UnsafeRawBufferPointer(start: data, count: borrowed.len), as: UTF8.self)
    }

    /// Lends the text as UTF-8 with a length. The text may hold NUL bytes.
    func withPrimerStr<R>(_ body: (primer_str) throws -> R) rethrows -> R {
        // Makes a copy only where the string is one of Objective-C's, which is no UTF-8.
        var text = self
        return try text.withUTF8 { utf8 in
            try body(primer_str(data: UnsafeRawPointer(utf8.baseAddress)?.assumingMemoryBound(to: CChar.self), len: utf8.count))
        }
    }

    /// Lends a path or name as NUL-terminated UTF-8.
    ///
    /// - Throws: ``PrimerError`` where there is a NUL byte inside, behind which C would not look.
    func withCString<R>(argument: String, _ body: (UnsafePointer<CChar>) throws -> R) throws -> R {
        guard !utf8.contains(0) else { throw PrimerError(.invalidArgument, "\(argument) holds a NUL byte") }
        return try withCString(body)
    }
}

extension String {
    /// The text of a buffer, which is freed.
    init(taking buffer: OpaquePointer) {
        defer { primer_buffer_free(buffer) }
        self.init(
            decoding: UnsafeRawBufferPointer(start: primer_buffer_data(buffer), count: primer_buffer_size(buffer)),
            as: UTF8.self)
    }
}

extension [UInt8] {
    /// The bytes of a buffer, which is freed.
    init(taking buffer: OpaquePointer) {
        defer { primer_buffer_free(buffer) }
        self.init(UnsafeRawBufferPointer(start: primer_buffer_data(buffer), count: primer_buffer_size(buffer)))
    }
}

extension Optional<String> {
    /// As for a `String`; nil is NULL.
    func withCString<R>(argument: String, _ body: (UnsafePointer<CChar>?) throws -> R) throws -> R {
        guard let self else { return try body(nil) }
        return try self.withCString(argument: argument, body)
    }
}

/// Lends several names as NUL-terminated UTF-8.
///
/// - Throws: ``PrimerError`` where there is a NUL byte inside, behind which C would not look.
func withCStrings<R>(
    _ names: [String], argument: String, _ body: (UnsafePointer<UnsafePointer<CChar>?>?, Int) throws -> R
) throws -> R {
    guard !names.contains(where: { $0.utf8.contains(0) }) else {
        throw PrimerError(.invalidArgument, "\(argument) holds a NUL byte")
    }
    return try withPrimerStrs(names.map { $0 + "\0" }) { texts in
        let pointers = names.indices.map { texts[$0].data }
        return try pointers.withUnsafeBufferPointer { try body($0.baseAddress, $0.count) }
    }
}

/// Lends several texts at once. The pointer is never NULL, not even for no text.
func withPrimerStrs<R>(_ texts: some Collection<String>, _ body: (UnsafePointer<primer_str>) throws -> R) rethrows -> R {
    // All bytes lie in one array, which does not move while it is lent. The last byte keeps it from being empty.
    var bytes: [UInt8] = []
    var ends: [Int] = []
    bytes.reserveCapacity(texts.reduce(1) { $0 + $1.utf8.count })
    for text in texts {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }
    bytes.append(0)
    return try bytes.withUnsafeBytes { bytes in
        let first = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
        var start = 0
        var strs = ends.map { end in
            defer { start = end }
            return primer_str(data: first + start, len: end - start)
        }
        strs.append(primer_str(data: first + start, len: 0))
        return try strs.withUnsafeBufferPointer { try body($0.baseAddress!) }
    }
}

/// Lends bytes as one piece of memory, without a copy where the collection has them so.
func withBytes<R>(_ bytes: some Collection<UInt8>, _ body: (UnsafeRawPointer?, Int) throws -> R) rethrows -> R {
    if let result = try bytes.withContiguousStorageIfAvailable({ try body($0.baseAddress, $0.count) }) {
        return result
    }
    return try Array(bytes).withUnsafeBufferPointer { try body($0.baseAddress, $0.count) }
}

/// A number of Swift's as one of C's.
///
/// - Throws: ``PrimerError`` that names the argument or option, where it does not fit.
func number<N: FixedWidthInteger>(_ value: Int, _ name: String) throws -> N {
    guard let number = N(exactly: value) else {
        throw PrimerError(.invalidArgument, "\(name) is \(value), which is not within \(N.min) to \(N.max)")
    }
    return number
}

extension Optional<AdaptOptions> {
    /// Lends the options; nil is NULL.
    func withC<R>(_ body: (UnsafePointer<primer_adapt_options>?) throws -> R) throws -> R {
        guard let self else { return try body(nil) }
        return try self.withC { try body($0) }
    }
}
