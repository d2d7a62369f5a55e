import CPrimer

/// Why a call failed.
///
/// A newer library may give a status that is not named here: it is kept as it is, so treat one that you do not know as
/// a failure.
public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// The status of a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Success. No error has it.
    public static let ok = Status(rawValue: PRIMER_OK)
    /// An argument or option has a value that cannot be used; the message names it.
    public static let invalidArgument = Status(rawValue: PRIMER_ERR_INVALID_ARGUMENT)
    /// Text is not valid UTF-8; ``PrimerError/byte`` is the first bad byte. A `String` is always valid, a file may not be.
    public static let invalidUTF8 = Status(rawValue: PRIMER_ERR_INVALID_UTF8)
    /// The operating system refused: no such file, no permission, disk full.
    public static let io = Status(rawValue: PRIMER_ERR_IO)
    /// A model, tokenizer or adapter file is damaged or not what it claims to be.
    public static let format = Status(rawValue: PRIMER_ERR_FORMAT)
    /// Labelled data cannot be read; ``PrimerError/file`` and ``PrimerError/line`` say where.
    public static let data = Status(rawValue: PRIMER_ERR_DATA)
    /// Two things that are fine by themselves do not fit: an adapter and another model, a checkpoint and other options.
    public static let mismatch = Status(rawValue: PRIMER_ERR_MISMATCH)
    /// A file or an option is well formed but asks for something that the library, as it was built, does not do.
    public static let unsupported = Status(rawValue: PRIMER_ERR_UNSUPPORTED)
    /// The caller asked to stop. Swift's functions throw `CancellationError` instead.
    public static let cancelled = Status(rawValue: PRIMER_ERR_CANCELLED)
    /// Something exclusive is in use by another call.
    public static let busy = Status(rawValue: PRIMER_ERR_BUSY)
    /// A loss or a gradient is not finite: training has diverged.
    public static let nonFinite = Status(rawValue: PRIMER_ERR_NON_FINITE)
    /// Something is larger than the limit that protects the process.
    public static let tooLarge = Status(rawValue: PRIMER_ERR_TOO_LARGE)
    /// A computation failed inside the tensor library or on the device.
    public static let compute = Status(rawValue: PRIMER_ERR_COMPUTE)
    /// A defect of the library was caught; please report the message. A ``Tagger`` that was in the call is of no more use.
    public static let panic = Status(rawValue: PRIMER_ERR_PANIC)
    /// A device's memory does not hold what was asked of it. Smaller batches may fit.
    public static let outOfMemory = Status(rawValue: PRIMER_ERR_OUT_OF_MEMORY)
    /// The device that was asked for is not there, or cannot be used.
    public static let device = Status(rawValue: PRIMER_ERR_DEVICE)

    /// The name that the C interface gives it, such as "PRIMER_ERR_IO"; "unknown" where the library knows no such status.
    public var description: String { String(cString: primer_status_name(rawValue)) }
}
