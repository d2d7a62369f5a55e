import CPrimer

/// Why a call failed: a status, a message for people, and what it is about.
public struct PrimerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public let status: Status
    /// The message, in English, with file, line, tensor and byte where they are known.
    public let message: String
    /// The file that the error is about, as it was given; for data from memory its name.
    public let file: String?
    /// The line that the error is about, counted from 1.
    public let line: Int?
    /// The byte that the error is about, counted from 0 in the file, line or text.
    public let byte: Int?
    /// The name of the tensor that the error is about.
    public let tensor: String?

    /// The message.
    public var description: String { message }

    /// An error that is found on this side of the C interface.
    init(_ status: Status, _ message: String) {
        self.status = status
        self.message = message
        (file, line, byte, tensor) = (nil, nil, nil, nil)
    }

    /// Takes over an error of the C interface and frees it.
    init(status: primer_status, taking error: OpaquePointer?) {
        defer { primer_error_free(error) }
        let optional = { (number: Int64) in number < 0 ? nil : Int(exactly: number) }
        // Where there is an error, it has the status that the call has returned.
        self.status = Status(rawValue: error == nil ? status : primer_error_status(error))
        message = String(primer_error_message(error)) ?? self.status.description
        file = String(primer_error_file(error))
        line = optional(primer_error_line(error))
        byte = optional(primer_error_byte(error))
        tensor = String(primer_error_tensor(error))
    }

    /// Makes a fallible call and throws what it says.
    static func check(_ call: (UnsafeMutablePointer<OpaquePointer?>) throws -> primer_status) throws {
        var error: OpaquePointer?
        let status = try call(&error)
        guard status == PRIMER_OK else { throw PrimerError(status: status, taking: error) }
    }

    /// Makes a fallible call that gives out a handle. The version of the library is checked before: nothing else can be
    /// called without a handle.
    static func handle(
        _ call: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<OpaquePointer?>) throws -> primer_status
    ) throws -> OpaquePointer {
        try Library.checkVersion()
        var out: OpaquePointer?
        try check { try call(&out, $0) }
        // Success comes with a handle.
        return out!
    }
}
