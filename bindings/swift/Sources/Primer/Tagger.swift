import CPrimer

/// Tags text with any adapter of its model, or with the labels that its model has by itself.
///
/// ```swift
/// let tagger = try Tagger(model)
/// for entity in try await tagger.tag("Ada Smith lives in Oslo.", with: adapter).entities {
///     print(entity.label, entity.text)
/// }
/// ```
///
/// `tag` is asynchronous: it keeps no thread of Swift's waiting, and stops when its task is cancelled. `tagAndWait` is
/// for code that is not: it returns when it is done.
///
/// A tagger works on one call at a time. It may be shared by any number of tasks and threads, whose calls then wait for
/// their turn, so that none fails for being too early. It is cheap to make: where calls should run side by side, make
/// more of them.
public final class Tagger: @unchecked Sendable {
    // The C interface wants one call with a primer_tagger at a time: each is made with the lock held. Asynchronous ones
    // stand in the worker's queue, so that only one thread of theirs waits.
    private let handle: Locked<OpaquePointer>
    private let worker = Worker()

    /// The entity types of a model that has labels of its own: ``Entity/labelIndex`` is a place in this array then, and
    /// ``Word/tagIndex`` one among O and each type's B- and I- tag. Empty where adapters bring the types.
    public let types: [String]

    /// Makes a tagger on the library's own engine in 32-bit floats, which keeps the model alive.
    ///
    /// - Throws: ``PrimerError``.
    public convenience init(_ model: Model) throws {
        self.init(
            owning: try PrimerError.handle { out, error in model.withHandle { primer_tagger_new($0, out, error) } })
    }

    /// Makes a tagger on an engine and in a precision of the caller's choice. It keeps the model alive.
    ///
    /// - Throws: ``PrimerError``. Where ONNX Runtime is asked for and cannot be had: ``Status/io`` for a library that is not
    ///   found; ``Status/unsupported`` for one that is too old or lacks an execution provider, for ``Precision/int8``, which
    ///   ONNX Runtime is not used with, and where this library was built without the feature "onnx";
    ///   ``Status/invalidArgument`` for a provider that does not exist and for another ONNX Runtime than the process has
    ///   loaded.
    public convenience init(_ model: Model, options: TaggerOptions) throws {
        self.init(
            owning: try PrimerError.handle { out, error in
                try options.withC { options in
                    model.withHandle { primer_tagger_new_with_options($0, options, out, error) }
                }
            })
    }

    /// Makes a tagger of a token classification model that others exported to ONNX: a folder with config.json,
    /// tokenizer.json and model.onnx (or onnx/model.onnx), as the transformers library and its exporters write it, or the
    /// model file in such a folder. It tags with the labels of its configuration, ``types``, and takes no adapter.
    ///
    /// The call returns when the model is loaded, which may take seconds.
    ///
    /// - Throws: As ``init(_:options:)``; ``Status/io`` for a file that is not there; ``Status/format`` for a damaged one,
    ///   ``Status/unsupported`` for a tokenizer or a model of another kind, ``Status/mismatch`` where the number of labels
    ///   is not the model's.
    public convenience init(onnx path: String, options: TaggerOptions = TaggerOptions()) throws {
        self.init(
            owning: try PrimerError.handle { out, error in
                try path.withCString(argument: "path") { path in
                    try options.withC { primer_tagger_load_onnx(path, $0, out, error) }
                }
            })
    }

    /// Takes over a handle.
    private init(owning handle: OpaquePointer) {
        self.handle = Locked(handle)
        types = (0..<primer_tagger_type_count(handle)).map { String(primer_tagger_type(handle, $0)) ?? "" }
    }

    deinit { handle.withLock { primer_tagger_free($0) } }

    /// Tags a text of any length below 4 GiB.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - adapter: The adapter; nil where the model has labels of its own, and there alone.
    /// - Throws: `CancellationError`, or ``PrimerError`` with ``Status/mismatch`` for another model's adapter;
    ///   ``Status/invalidArgument`` where an adapter is missing or not wanted; ``Status/tooLarge``.
    public func tag(_ text: String, with adapter: Adapter? = nil) async throws -> TaggedText {
        try await inBackground(start: worker.submit) { token in
            try self.handle.withLock { tagger in
                let result = try PrimerError.handle { out, error in
                    text.withPrimerStr { text in
                        withExtendedLifetime(token) {
                            Adapter.withHandle(adapter) {
                                primer_tagger_tag_text_with_cancel(
                                    tagger, $0, text.data, text.len, token.handle, out, error)
                            }
                        }
                    }
                }
                return Self.items(taking: result, of: [text])[0]
            }
        }
    }

    /// Tags a sentence whose words are known. The result has exactly these words; its text is the words joined by single
    /// blanks.
    ///
    /// - Throws: As for a text; the message names the word.
    public func tag(words: [String], with adapter: Adapter? = nil) async throws -> TaggedText {
        try await tag([Input(words: words, adapter: adapter)])[0]
    }

    /// Tags texts together with one adapter, which is faster than one after the other.
    ///
    /// - Returns: What was found, in the order of the texts.
    /// - Throws: As for a text.
    public func tag(_ texts: [String], with adapter: Adapter? = nil) async throws -> [TaggedText] {
        try await tag(texts.map { Input($0, adapter: adapter) })
    }

    /// Tags texts and sentences together, each with its own adapter.
    ///
    /// - Returns: What was found, in the order of the inputs.
    /// - Throws: As for a text.
    public func tag(_ inputs: [Input]) async throws -> [TaggedText] {
        try await inBackground(start: worker.submit) { token in try self.tagBatch(inputs, cancel: token) }
    }

    /// Tags a text on the calling thread, which waits for its turn and for the result.
    ///
    /// - Throws: As `tag`, but never `CancellationError`.
    public func tagAndWait(_ text: String, with adapter: Adapter? = nil) throws -> TaggedText {
        try handle.withLock { tagger in
            let result = try PrimerError.handle { out, error in
                text.withPrimerStr { text in
                    Adapter.withHandle(adapter) { primer_tagger_tag_text(tagger, $0, text.data, text.len, out, error) }
                }
            }
            return Self.items(taking: result, of: [text])[0]
        }
    }

    /// Tags a sentence whose words are known, on the calling thread, which waits for its turn and for the result.
    ///
    /// - Throws: As ``tag(words:with:)``, but never `CancellationError`.
    public func tagAndWait(words: [String], with adapter: Adapter? = nil) throws -> TaggedText {
        try handle.withLock { tagger in
            let result = try PrimerError.handle { out, error in
                withPrimerStrs(words) { strs in
                    Adapter.withHandle(adapter) { primer_tagger_tag_words(tagger, $0, strs, words.count, out, error) }
                }
            }
            return Self.items(taking: result, of: [words.joined(separator: " ")])[0]
        }
    }

    /// Tags texts and sentences together, each with its own adapter, on the calling thread, which waits for its turn and
    /// for the results.
    ///
    /// - Throws: As ``tag(_:)``, but never `CancellationError`.
    public func tagAndWait(_ inputs: [Input]) throws -> [TaggedText] {
        try tagBatch(inputs, cancel: nil)
    }

    /// Tags a data set and compares the entities with the data's own: ``Model/evaluate(_:on:)`` by this tagger, on its engine
    /// and in its precision.
    ///
    /// - Parameters:
    ///   - adapter: The adapter; nil where the model has labels of its own.
    ///   - dataset: The labelled sentences.
    /// - Throws: As for a text.
    public func evaluate(_ adapter: Adapter? = nil, on dataset: Dataset) async throws -> Scores {
        try await inBackground(start: worker.submit) { token in
            try self.handle.withLock { tagger in
                try Scores { scores, json, error in
                    withExtendedLifetime((adapter, dataset, token)) {
                        primer_tagger_evaluate(
                            tagger, adapter?.handle, dataset.handle, token.handle, scores, json, error)
                    }
                }
            }
        }
    }

    private func tagBatch(_ inputs: [Input], cancel: CancelToken?) throws -> [TaggedText] {
        try handle.withLock { tagger in
            let result = try PrimerError.handle { out, error in
                // All texts and words are lent at once, one input's after the other's.
                withPrimerStrs(inputs.flatMap(\.strings)) { strs in
                    var next = strs
                    let batch = inputs.map { input in
                        defer { next += input.strings.count }
                        return input.isText
                            ? primer_input(adapter: input.adapter?.handle, text: next[0], words: nil, word_count: 0)
                            : primer_input(
                                adapter: input.adapter?.handle, text: primer_str(), words: next,
                                word_count: input.strings.count)
                    }
                    return withExtendedLifetime((inputs, cancel)) {
                        primer_tagger_tag_batch(tagger, batch, batch.count, cancel?.handle, out, error)
                    }
                }
            }
            return Self.items(taking: result, of: inputs.map(\.text))
        }
    }

    /// Copies a result and frees it.
    private static func items(taking result: OpaquePointer, of texts: [String]) -> [TaggedText] {
        defer { primer_result_free(result) }
        precondition(primer_result_size(result) == texts.count, "a result has one item an input")
        return texts.enumerated().map { TaggedText($1, item: $0, of: result) }
    }
}

/// Something to tag, and the adapter to tag it with where the model has no labels of its own.
public struct Input: Sendable {
    /// The adapter; nil where the model has labels of its own.
    public let adapter: Adapter?
    /// The text, alone; or the words.
    let strings: [String]
    let isText: Bool

    /// A text.
    public init(_ text: String, adapter: Adapter? = nil) {
        self.adapter = adapter
        strings = [text]
        isText = true
    }

    /// A sentence whose words are known.
    public init(words: [String], adapter: Adapter? = nil) {
        self.adapter = adapter
        strings = words
        isText = false
    }

    /// What positions in the result refer to.
    var text: String { isText ? strings[0] : strings.joined(separator: " ") }
}
