import CPrimer

/// Options of ``Tagger/init(_:options:)`` and ``Tagger/init(onnx:options:)``.
///
/// ```swift
/// var options = TaggerOptions()
/// options.precision = .int8
/// let tagger = try Tagger(model, options: options)
/// ```
public struct TaggerOptions: Hashable, Sendable {
    /// What runs the forward pass; initially ``Engine/native``. A model of others runs on ONNX Runtime whatever it is.
    public var engine: Engine
    /// In what numbers; initially ``Precision/f32``. Of a model of others they are its own.
    public var precision: Precision
    /// Threads of a model that ``Tagger/init(onnx:options:)`` reads; initially 0, for all that the machine offers. Adapted
    /// models run on as many as ``ModelOptions/threads`` says.
    public var threads: Int
    /// The path of ONNX Runtime's shared library. Where it is nil, as it is initially, the environment variable
    /// `PRIMER_ONNXRUNTIME` names it, and without that the system is asked for it. A process loads one, once, and keeps it.
    public var onnxRuntime: String?
    /// ONNX Runtime's execution providers by name ("cpu", "cuda", "coreml", …), the most wanted first; initially none, for
    /// the processor.
    public var providers: [String]

    /// The library's initial values.
    public init() {
        let initial = Self.initial
        // The library's own values have names: the tests see to it.
        engine = Engine(rawValue: initial.engine)!
        precision = Precision(rawValue: initial.precision)!
        threads = Int(initial.threads)
        onnxRuntime = initial.onnxruntime.map { String(cString: $0) }
        providers = UnsafeBufferPointer(start: initial.providers, count: initial.provider_count).compactMap {
            $0.map { String(cString: $0) }
        }
    }

    private static var initial: primer_tagger_options {
        var options = primer_tagger_options()
        primer_tagger_options_init(&options, MemoryLayout.size(ofValue: options))
        return options
    }

    func withC<R>(_ body: (UnsafePointer<primer_tagger_options>) throws -> R) throws -> R {
        var options = Self.initial
        options.engine = engine.rawValue
        options.precision = precision.rawValue
        options.threads = try number(threads, "threads")
        return try onnxRuntime.withCString(argument: "onnxRuntime") { library in
            options.onnxruntime = library
            return try withCStrings(providers, argument: "providers") { providers, count in
                options.providers = providers
                options.provider_count = count
                return try body(&options)
            }
        }
    }
}
