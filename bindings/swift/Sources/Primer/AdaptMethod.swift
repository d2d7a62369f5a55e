import CPrimer

extension AdaptMethod {
    /// The method of a name, such as "lora": that of `primer adapt --method`.
    ///
    /// - Throws: ``PrimerError`` with ``Status/invalidArgument`` for another name.
    public init(name: String) throws {
        var method: Int32 = 0
        try name.withCString(argument: "name") { name in
            try PrimerError.check { primer_method_by_name(name, &method, $0) }
        }
        guard let value = AdaptMethod(rawValue: method) else {
            throw PrimerError(.unsupported, "\(name) is method \(method), which this program does not know")
        }
        self = value
    }
}
