import CPrimer

/// What tags entity types: a trained method with its tag head, and the card that says what it is.
///
/// It keeps its model alive. It is immutable and may be used from any number of tasks and threads at once.
///
/// ```swift
/// let adapter = try Adapter(path: "models/per-loc-org.safetensors", model: model)
/// ```
public final class Adapter: @unchecked Sendable {
    // The handle never changes, and the C interface allows concurrent calls with a const primer_adapter.
    let handle: OpaquePointer

    /// The entity types that it tags. ``Entity/labelIndex`` is a place in this array.
    public let types: [String]

    /// The tags of words: O, and the types with the scheme's prefixes. ``Word/tagIndex`` is a place in this array.
    public let tags: [String]

    /// Reads an adapter file, or a folder of PEFT or AdapterHub that names its tags, and checks that it belongs to
    /// `model`.
    ///
    /// - Throws: ``PrimerError`` with ``Status/io``; ``Status/format`` for a damaged file, ``Status/unsupported`` for a
    ///   newer one or unknown settings, ``Status/mismatch`` for another model's; ``Status/tooLarge``;
    ///   ``Status/invalidArgument``.
    public convenience init(path: String, model: Model) throws {
        try self.init(
            owning: PrimerError.handle { out, error in
                try path.withCString(argument: "path") { path in
                    model.withHandle { primer_adapter_load(path, $0, out, error) }
                }
            })
    }

    /// Reads an adapter from a file's bytes: `Data`, `[UInt8]` or another collection. They are copied.
    ///
    /// - Throws: As ``init(path:model:)``.
    public convenience init(bytes: some Collection<UInt8>, model: Model) throws {
        try self.init(
            owning: PrimerError.handle { out, error in
                withBytes(bytes) { data, size in
                    model.withHandle { primer_adapter_from_memory(data, size, $0, out, error) }
                }
            })
    }

    /// Reads a folder of PEFT or AdapterHub, whichever it is, and names the rows of its head: tag O first, then for each
    /// type its B- and I- tag, or with ``Scheme/bioes`` its B-, I-, E- and S- tag.
    ///
    /// - Parameters:
    ///   - folder: The folder's path.
    ///   - model: The model that it belongs to.
    ///   - types: The entity types; none leaves the names to the folder, as ``init(path:model:)`` does.
    ///   - scheme: The scheme of the tags.
    /// - Throws: As ``init(path:model:)``; ``Status/unsupported`` also for settings that would change the numbers in a
    ///   way that is not computed here, by name.
    public convenience init(importing folder: String, model: Model, types: [String], scheme: Scheme = .auto) throws {
        try self.init(
            owning: PrimerError.handle { out, error in
                try folder.withCString(argument: "folder") { folder in
                    withPrimerStrs(types) { names in
                        model.withHandle {
                            primer_adapter_import(folder, $0, scheme.rawValue, names, types.count, out, error)
                        }
                    }
                }
            })
    }

    /// Takes over a handle.
    init(owning handle: OpaquePointer) {
        self.handle = handle
        types = (0..<primer_adapter_type_count(handle)).map { String(primer_adapter_type(handle, $0)) ?? "" }
        tags = (0..<primer_adapter_tag_count(handle)).map { String(primer_adapter_tag(handle, $0)) ?? "" }
    }

    deinit { primer_adapter_free(handle) }

    /// Lends the handle of an adapter, or NULL for none.
    static func withHandle<R>(_ adapter: Adapter?, _ body: (OpaquePointer?) throws -> R) rethrows -> R {
        try withExtendedLifetime(adapter) { try body(adapter?.handle) }
    }

    /// Lends the handle; the adapter lives at least until `body` returns.
    func withHandle<R>(_ body: (OpaquePointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(handle) }
    }

    /// The adapter's name, for people; may be empty.
    public var name: String { withHandle { String(primer_adapter_name($0)) ?? "" } }

    /// The adapter's card, a JSON object: version, name, method and its settings, tags, backbone, and how it was trained.
    public var card: String { withHandle { String(primer_adapter_card($0)) ?? "" } }

    /// Number of the adapter's parameters, head included.
    public var parameterCount: Int { withHandle { primer_adapter_parameter_count($0) } }

    /// Writes the adapter to one file. What was there before is replaced when the new file is whole; on failure it is
    /// untouched.
    ///
    /// - Throws: ``PrimerError`` with ``Status/io``, also for a full disk; ``Status/invalidArgument``.
    public func save(path: String) throws {
        try path.withCString(argument: "path") { path in
            try PrimerError.check { error in withHandle { primer_adapter_save($0, path, error) } }
        }
    }

    /// The bytes that ``save(path:)`` writes.
    ///
    /// - Throws: ``PrimerError``.
    public func bytes() throws -> [UInt8] {
        [UInt8](taking: try PrimerError.handle { out, error in withHandle { primer_adapter_to_memory($0, out, error) } })
    }

    /// Writes the model with the adapter in it as one ONNX file for other runtimes: it takes input_ids and attention_mask and
    /// gives logits. All of the model is in it, in 32-bit floats. What was there before is replaced when the new file is
    /// whole; on failure it is untouched.
    ///
    /// - Throws: ``PrimerError`` with ``Status/tooLarge`` beyond the 2 GiB that such a file can hold;
    ///   ``Status/unsupported`` where the library was built without the feature "onnx"; ``Status/io``, also for a full disk;
    ///   ``Status/invalidArgument``.
    public func saveONNX(path: String) throws {
        try path.withCString(argument: "path") { path in
            try PrimerError.check { error in withHandle { primer_adapter_save_onnx($0, path, error) } }
        }
    }

    /// The bytes that ``saveONNX(path:)`` writes.
    ///
    /// - Throws: As ``saveONNX(path:)``.
    public func onnxBytes() throws -> [UInt8] {
        [UInt8](taking: try PrimerError.handle { out, error in withHandle { primer_adapter_to_onnx($0, out, error) } })
    }

    /// Writes the adapter as a folder that another library loads: LoRA as ``FolderFormat/peft``, a bottleneck adapter as
    /// ``FolderFormat/adapterHub``. The folder is made where it is missing.
    ///
    /// - Throws: ``PrimerError`` with ``Status/unsupported`` for an adapter of another method; ``Status/io``;
    ///   ``Status/invalidArgument``. No file is half written then, but some may be there already.
    public func export(_ format: FolderFormat, folder: String) throws {
        try folder.withCString(argument: "folder") { folder in
            try PrimerError.check { error in
                withHandle { primer_adapter_export($0, format.rawValue, folder, error) }
            }
        }
    }
}
