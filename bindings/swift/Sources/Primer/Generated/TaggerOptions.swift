// Generated from interface/ by `make generate`. Do not edit: change the source.

import CPrimer

/// What a tagger runs on, and how exactly it computes.
public struct TaggerOptions: Hashable, Sendable {
    /// What runs the model; an ONNX model of others runs on ONNX Runtime whatever is said here; initially
    /// ``Engine/native``.
    public var engine: Engine
    /// The dtype in which it computes; an ONNX model of others has its own; initially ``Precision/f32``.
    public var precision: Precision
    /// Threads of an ONNX model of others. Others use their model's; initially 0, for all that the machine offers.
    public var threads: Int
    /// The path of ONNX Runtime's shared library. A process loads one and keeps it; initially nil, for the one that the
    /// environment variable PRIMER_ONNXRUNTIME names, or else the system's.
    public var onnxRuntime: String?
    /// Execution providers of ONNX Runtime by name ("cpu", "cuda", "coreml", ...), the most wanted first; initially
    /// none, for the processor alone.
    public var providers: [String]
    /// Entities with a lower score are left out, and their words are tagged O; a tiny score leaves none out; initially
    /// 0, for as the adapter's card says of types that were learnt from little, else none.
    public var minScore: Double
    /// Where texts are cut. Training cuts into sentences, so other choices are for hosts that know their texts;
    /// initially ``Split/sentences``.
    public var split: Split
    /// Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. Never more than the
    /// encoder has positions; initially 0, for as in training, 256.
    public var window: Int

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
        minScore = initial.min_score
        split = Split(rawValue: initial.split)!
        window = Int(initial.window)
    }

    private static var initial: primer_tagger_options {
        var options = primer_tagger_options()
        primer_tagger_options_init(&options, MemoryLayout.size(ofValue: options))
        return options
    }

    /// Lends the options as the C interface has them.
    func withC<R>(_ body: (UnsafePointer<primer_tagger_options>) throws -> R) throws -> R {
        var options = Self.initial
        options.engine = engine.rawValue
        options.precision = precision.rawValue
        options.threads = try number(threads, "threads")
        options.min_score = minScore
        options.split = split.rawValue
        options.window = try number(window, "window")
        return try onnxRuntime.withCString(argument: "onnxRuntime") { path in
            options.onnxruntime = path
            return try withCStrings(providers, argument: "providers") { names, count in
                options.providers = names
                options.provider_count = count
                return try body(&options)
            }
        }
    }
}
