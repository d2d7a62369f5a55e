import CPrimer

/// Labelled sentences, to learn from or to compare with.
///
/// It is immutable and may be used from any number of tasks and threads at once.
public final class Dataset: @unchecked Sendable {
    // The handle never changes, and the C interface allows concurrent calls with a const primer_dataset.
    let handle: OpaquePointer

    /// Reads labelled sentences from a file, CoNLL columns or JSON Lines.
    ///
    /// - Throws: ``PrimerError`` with ``Status/io``; ``Status/data``, with file and line, for what cannot be read, also
    ///   for no sentence at all; ``Status/invalidUTF8`` with file, line and byte; ``Status/invalidArgument``.
    public convenience init(path: String, options: DatasetOptions = DatasetOptions()) throws {
        try self.init(
            owning: PrimerError.handle { out, error in
                try path.withCString(argument: "path") { path in
                    try options.withC { primer_dataset_load(path, $0, out, error) }
                }
            })
    }

    /// Reads labelled sentences from a file's bytes: `Data`, `[UInt8]`, `text.utf8` or another collection. They are
    /// copied.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - name: Stands for the file in errors and where the format is guessed by its ending; nil for "memory".
    ///   - options: How to read them.
    /// - Throws: As ``init(path:options:)``.
    public convenience init(
        bytes: some Collection<UInt8>, name: String? = nil, options: DatasetOptions = DatasetOptions()
    ) throws {
        try self.init(
            owning: PrimerError.handle { out, error in
                try name.withCString(argument: "name") { name in
                    try withBytes(bytes) { data, size in
                        try options.withC { primer_dataset_from_memory(data, size, name, $0, out, error) }
                    }
                }
            })
    }

    /// ``init(path:options:)`` on another thread, which stops when the task is cancelled. A large file takes some seconds.
    ///
    /// - Throws: As ``init(path:options:)``; `CancellationError`.
    public static func load(path: String, options: DatasetOptions = DatasetOptions()) async throws -> Dataset {
        try await inBackground { token in
            Dataset(
                owning: try PrimerError.handle { out, error in
                    try path.withCString(argument: "path") { path in
                        try options.withC { options in
                            token.withHandle { primer_dataset_load_with_cancel(path, options, $0, out, error) }
                        }
                    }
                })
        }
    }

    private init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { primer_dataset_free(handle) }

    /// Lends the handle; the data set lives at least until `body` returns.
    func withHandle<R>(_ body: (OpaquePointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(handle) }
    }

    /// Number of sentences.
    public var count: Int { withHandle { primer_dataset_size($0) } }

    /// Number of entities in all sentences.
    public var entityCount: Int { withHandle { primer_dataset_entity_count($0) } }

    /// The file's path as it was given, or the name of data from memory.
    public var name: String { withHandle { String(primer_dataset_name($0)) ?? "" } }

    /// The scheme of the tags.
    public var scheme: Scheme { withHandle { Scheme(rawValue: primer_dataset_scheme($0)) } }

    /// The entity types of the data, sorted by name.
    public var types: [String] {
        withHandle { handle in
            (0..<primer_dataset_type_count(handle)).map { String(primer_dataset_type(handle, $0)) ?? "" }
        }
    }

    /// An entity of data that starts or ends inside a word. Texts are shortened to 60 characters.
    public struct CutSpan: Hashable, Sendable {
        /// The line of the file, from 1.
        public var line: Int
        /// The entity's text.
        public var text: String
        /// The word that it cuts, the first of two.
        public var word: String
    }

    /// Number of entities that start or end inside a word: no tagger of words can find them as they are, and evaluation
    /// counts them as missed.
    public var cutSpanCount: Int { withHandle { primer_dataset_cut_span_count($0) } }

    /// The first few of the entities that ``cutSpanCount`` counts.
    public var cutSpans: [CutSpan] {
        withHandle { handle in
            var spans: [CutSpan] = []
            while case let line = primer_dataset_cut_span_line(handle, spans.count), line > 0 {
                let text = String(primer_dataset_cut_span_text(handle, spans.count)) ?? ""
                let word = String(primer_dataset_cut_span_word(handle, spans.count)) ?? ""
                spans.append(CutSpan(line: Int(clamping: line), text: text, word: word))
            }
            return spans
        }
    }

    /// What the reader passed over, or read in another way than it stands: what, how often, and the first few lines.
    public var notes: [String] {
        withHandle { handle in
            (0..<primer_dataset_note_count(handle)).map { String(primer_dataset_note(handle, $0)) ?? "" }
        }
    }

    /// Draws sentences by a seed, the same on every machine, none twice.
    ///
    /// - Returns: The sentences, and their places in this data set.
    /// - Throws: ``PrimerError`` with ``Status/invalidArgument`` where `count` is 0 or more than there are.
    public func shots(_ count: Int, seed: UInt64 = 0) throws -> (dataset: Dataset, indices: [Int]) {
        let count: UInt = try number(count, "count")
        // No memory is asked for where there are not so many sentences: the call will refuse.
        var indices = [Int](repeating: 0, count: min(Int(clamping: count), self.count))
        let drawn = try PrimerError.handle { out, error in
            withHandle { primer_dataset_shots($0, Int(bitPattern: count), seed, &indices, out, error) }
        }
        return (Dataset(owning: drawn), indices)
    }

    /// The sentences with these indices, from 0, in this order. Scheme and types stay those of the whole.
    ///
    /// - Throws: ``PrimerError`` with ``Status/invalidArgument`` where there is no such sentence.
    public func select(_ indices: some Collection<Int>) throws -> Dataset {
        for index in indices where index < 0 {
            throw PrimerError(.invalidArgument, "there is no sentence \(index)")
        }
        let indices = Array(indices)
        return Dataset(
            owning: try PrimerError.handle { out, error in
                withHandle { primer_dataset_select($0, indices, indices.count, out, error) }
            })
    }
}
