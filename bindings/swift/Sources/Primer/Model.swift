import CPrimer

/// A backbone: a multilingual encoder with its tokenizer.
///
/// Load it once. One model serves any number of adapters, taggers and training runs, which keep it alive themselves.
/// It is immutable and may be used from any number of tasks and threads at once.
///
/// ```swift
/// let model = try Model(path: "models/primer-mini.gguf")
/// ```
public final class Model: @unchecked Sendable {
    // The handle never changes, and the C interface allows concurrent calls with a const primer_model.
    let handle: OpaquePointer

    /// The model's sizes.
    public let sizes: ModelSizes

    /// Loads a GGUF file of this library, or a Hugging Face folder (config.json, model.safetensors, tokenizer.json) of
    /// the BERT or XLM-RoBERTa family.
    ///
    /// The file is mapped into memory: it must not be changed or cut short while the model or anything made of it
    /// lives. Replacing it by renaming another file over it is fine.
    ///
    /// The call returns when the model is loaded, which takes from milliseconds to seconds.
    ///
    /// - Throws: ``PrimerError`` with ``Status/io``; ``Status/format`` for a damaged file, with the tensor where it is
    ///   about one; ``Status/unsupported`` for a model of another family, and for a device that the library was built
    ///   without; ``Status/device`` for a device that is not there or cannot be used; ``Status/tooLarge``;
    ///   ``Status/invalidArgument``.
    public convenience init(path: String, options: ModelOptions = ModelOptions()) throws {
        try self.init(
            owning: PrimerError.handle { out, error in
                try path.withCString(argument: "path") { path in
                    try options.withC { primer_model_load(path, $0, out, error) }
                }
            })
    }

    /// Loads a GGUF file's bytes: `Data`, `[UInt8]`, `UnsafeRawBufferPointer` or another collection. They are copied.
    ///
    /// - Throws: As ``init(path:options:)``.
    public convenience init(bytes: some Collection<UInt8>, options: ModelOptions = ModelOptions()) throws {
        try self.init(
            owning: PrimerError.handle { out, error in
                try withBytes(bytes) { data, size in
                    try options.withC { primer_model_from_memory(data, size, $0, out, error) }
                }
            })
    }

    private init(owning handle: OpaquePointer) throws {
        self.handle = handle
        do {
            sizes = try ModelSizes(of: handle)
        } catch {
            // An initialiser that throws before all is set runs no deinit.
            primer_model_free(handle)
            throw error
        }
    }

    deinit { primer_model_free(handle) }

    /// Lends the handle; the model lives at least until `body` returns.
    func withHandle<R>(_ body: (OpaquePointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(handle) }
    }

    /// The model's name, for people; may be empty.
    public var name: String { withHandle { String(primer_model_name($0)) ?? "" } }

    /// Identifies the backbone's exact contents: 64 hexadecimal digits. For a folder the first call reads it all, which
    /// takes about a second a gigabyte.
    public var fingerprint: String { withHandle { String(primer_model_fingerprint($0)) ?? "" } }

    /// What the model says of itself (name, licence, attribution and the like): a JSON object whose values are strings.
    public var card: String { withHandle { String(primer_model_card($0)) ?? "" } }

    /// Where the model computes; never ``Device/auto``.
    public var device: Device { withHandle { Device(rawValue: primer_model_device($0, nil)) } }

    /// Which GPU that is, for ``Device/cuda``; 0 for the others.
    public var deviceNumber: Int {
        withHandle {
            var number: UInt32 = 0
            _ = primer_model_device($0, &number)
            return Int(number)
        }
    }
}

/// A backbone's sizes.
public struct ModelSizes: Hashable, Sendable {
    /// Layers of the encoder.
    public let layers: Int
    /// Width of the encoder.
    public let hidden: Int
    /// Width of the feed-forward network.
    public let intermediate: Int
    /// Attention heads of a layer.
    public let heads: Int
    /// Pieces that the tokenizer's vocabulary may hold.
    public let vocabulary: Int
    /// Pieces in a window; longer text is cut into windows that overlap.
    public let positions: Int
    /// Threads that work for the model.
    public let threads: Int

    init(of model: OpaquePointer) throws {
        var sizes = primer_model_sizes()
        sizes.struct_size = UInt32(MemoryLayout.size(ofValue: sizes))
        try PrimerError.check { primer_model_get_sizes(model, &sizes, $0) }
        layers = Int(sizes.layers)
        hidden = Int(sizes.hidden)
        intermediate = Int(sizes.intermediate)
        heads = Int(sizes.heads)
        vocabulary = Int(sizes.vocabulary)
        positions = Int(sizes.positions)
        threads = Int(sizes.threads)
    }
}
