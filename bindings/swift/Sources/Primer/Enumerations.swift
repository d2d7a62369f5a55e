import CPrimer

// Two kinds of enumerations. What is only given to the library is an enum. What the library gives out is a struct with
// named values, since a newer library may give one that has no name here. The numbers are those of the C header; the
// tests compare the names with the header's, so that none is missing.

/// Which parameters an adaptation trains.
public enum AdaptMethod: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The method of the adapter to start from, with that adapter's settings.
    case initial
    /// The tag head alone.
    case head
    /// Bottleneck adapters and head.
    case adapter
    /// LoRA and head.
    case lora
    /// The biases and head.
    case bitFit
    /// Every parameter of the model.
    case full

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .initial: PRIMER_METHOD_INITIAL
        case .head: PRIMER_METHOD_HEAD
        case .adapter: PRIMER_METHOD_ADAPTER
        case .lora: PRIMER_METHOD_LORA
        case .bitFit: PRIMER_METHOD_BITFIT
        case .full: PRIMER_METHOD_FULL
        }
    }

    /// The method of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }

    /// The method of a name: "head", "adapter", "lora", "bitfit" or "full".
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

/// What runs the forward pass of a ``Tagger``.
public enum Engine: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The library's own: nothing else is needed.
    case native
    /// ONNX Runtime, found on this machine when the tagger is made; an error where there is none.
    case onnx
    /// ONNX Runtime where it is found and can run the model, else ``native``.
    case auto

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .native: PRIMER_ENGINE_NATIVE
        case .onnx: PRIMER_ENGINE_ONNX
        case .auto: PRIMER_ENGINE_AUTO
        }
    }

    /// The engine of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// In what numbers the encoder's large products are computed.
public enum Precision: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// 32-bit floats.
    case f32
    /// 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: several times as fast
    /// and a quarter of the memory, for a small loss. ``Engine/native`` alone has it, on the processor, in tagging.
    case int8
    /// bfloat16, of GPUs: quicker. What is trained stays in 32-bit floats.
    case bf16

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .f32: PRIMER_PRECISION_F32
        case .int8: PRIMER_PRECISION_INT8
        case .bf16: PRIMER_PRECISION_BF16
        }
    }

    /// The precision of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// The non-linearity in a bottleneck adapter.
public enum Activation: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// max(x, 0).
    case relu
    /// x / (1 + exp(-x)), also called SiLU.
    case swish
    /// The exact GELU.
    case gelu

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .relu: PRIMER_ACTIVATION_RELU
        case .swish: PRIMER_ACTIVATION_SWISH
        case .gelu: PRIMER_ACTIVATION_GELU
        }
    }

    /// The activation of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// The linear layers that LoRA updates.
public struct LoRASites: OptionSet, Hashable, Sendable {
    /// The sum of the numbers that the C interface gives them.
    public let rawValue: UInt32

    /// The layers of a sum.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The projection to queries.
    public static let query = LoRASites(rawValue: UInt32(PRIMER_SITE_QUERY))
    /// The projection to keys.
    public static let key = LoRASites(rawValue: UInt32(PRIMER_SITE_KEY))
    /// The projection to values.
    public static let value = LoRASites(rawValue: UInt32(PRIMER_SITE_VALUE))
    /// The projection behind attention.
    public static let attentionOutput = LoRASites(rawValue: UInt32(PRIMER_SITE_ATTENTION_OUTPUT))
    /// The first layer of the feed-forward network.
    public static let intermediate = LoRASites(rawValue: UInt32(PRIMER_SITE_INTERMEDIATE))
    /// The second layer of the feed-forward network.
    public static let output = LoRASites(rawValue: UInt32(PRIMER_SITE_OUTPUT))
}

/// How tags mark where an entity begins and ends.
public struct Scheme: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// The scheme of a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The scheme is found out from the tags; for an adapter, ``iob2``.
    public static let auto = Scheme(rawValue: PRIMER_SCHEME_AUTO)
    /// B- only where two entities of one type touch. Can be read, not learnt.
    public static let iob1 = Scheme(rawValue: PRIMER_SCHEME_IOB1)
    /// B- at every start.
    public static let iob2 = Scheme(rawValue: PRIMER_SCHEME_IOB2)
    /// Single words (S-) and ends (E-) are marked too.
    public static let bioes = Scheme(rawValue: PRIMER_SCHEME_BIOES)
}

/// How labelled data is written.
public enum Format: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The format is found out from the file's name or its first line.
    case auto
    /// CoNLL: a word a line in columns, an empty line after each sentence.
    case conll
    /// JSON Lines: {"tokens": [...], "ner_tags": [...]} or {"text": "...", "entities": [{"start", "end", "label"}]} a line.
    case jsonLines

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .auto: PRIMER_FORMAT_AUTO
        case .conll: PRIMER_FORMAT_CONLL
        case .jsonLines: PRIMER_FORMAT_JSONL
        }
    }

    /// The format of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// The adapter folders of other libraries.
public enum FolderFormat: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// A folder of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors. LoRA.
    case peft
    /// A folder of AdapterHub: adapter_config.json, adapter.safetensors and the head beside them. Bottleneck adapters.
    case adapterHub

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .peft: PRIMER_FOLDER_PEFT
        case .adapterHub: PRIMER_FOLDER_ADAPTERHUB
        }
    }

    /// The format of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What positions in a text count.
public enum TextUnit: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Bytes of the text in UTF-8, as `String.utf8` has them (C, C++, Go, Rust).
    case byte
    /// UTF-16 code units, as `String.utf16` and `NSString` have them (JavaScript, Java).
    case utf16
    /// Unicode code points, as `String.unicodeScalars` has them (Python).
    case codePoint

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .byte: PRIMER_UNIT_BYTE
        case .utf16: PRIMER_UNIT_UTF16
        case .codePoint: PRIMER_UNIT_CODE_POINT
        }
    }

    /// The unit of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// Where a model computes.
public struct Device: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// The device of a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The processor.
    public static let cpu = Device(rawValue: PRIMER_DEVICE_CPU)
    /// The first GPU that the library and the machine can use, else the processor.
    public static let auto = Device(rawValue: PRIMER_DEVICE_AUTO)
    /// An NVIDIA GPU; needs the feature "cuda".
    public static let cuda = Device(rawValue: PRIMER_DEVICE_CUDA)
    /// The GPU of an Apple machine; needs the feature "metal".
    public static let metal = Device(rawValue: PRIMER_DEVICE_METAL)
}

/// What has just happened in a training run.
public struct Stage: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// The stage of a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The dev data was tagged before training.
    public static let start = Stage(rawValue: PRIMER_STAGE_START)
    /// An update was made.
    public static let step = Stage(rawValue: PRIMER_STAGE_STEP)
    /// An epoch has ended and the dev data, if any, was tagged.
    public static let epoch = Stage(rawValue: PRIMER_STAGE_EPOCH)
}

/// How much a message of the library matters.
public struct LogLevel: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it: the lower, the more it matters.
    public let rawValue: Int32

    /// The level of a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Something does not work as it should, but the call goes on.
    public static let warn = LogLevel(rawValue: PRIMER_LOG_WARN)
    /// Something that happens once a model or a training run.
    public static let info = LogLevel(rawValue: PRIMER_LOG_INFO)
}
