import CPrimer

extension Status: CustomStringConvertible {
    /// The name that the C interface gives it, such as "PRIMER_ERR_IO"; "unknown" where the library knows no such status.
    public var description: String { String(cString: primer_status_name(rawValue)) }
}
