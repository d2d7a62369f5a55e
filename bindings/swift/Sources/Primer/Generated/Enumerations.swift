// Generated from interface/ by `make generate`. Do not edit: change the source.

import CPrimer

/// What came of a call. Values are never reused; treat one that is not listed as a failure.
public struct Status: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// What a number stands for, also one that has no name here.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Success.
    public static let ok = Status(rawValue: PRIMER_OK)
    /// An argument or option has a value that cannot be used; the message names it.
    public static let invalidArgument = Status(rawValue: PRIMER_ERR_INVALID_ARGUMENT)
    /// Text is not valid UTF-8; the error's byte is the first bad one.
    public static let invalidUTF8 = Status(rawValue: PRIMER_ERR_INVALID_UTF8)
    /// The operating system refused: no such file, no permission, disk full.
    public static let io = Status(rawValue: PRIMER_ERR_IO)
    /// A model, tokenizer or adapter file is damaged or not what it claims to be.
    public static let format = Status(rawValue: PRIMER_ERR_FORMAT)
    /// Labelled data cannot be read; the error's file and line say where.
    public static let data = Status(rawValue: PRIMER_ERR_DATA)
    /// Two things that are fine by themselves do not fit: an adapter and another model, a checkpoint and other options.
    public static let mismatch = Status(rawValue: PRIMER_ERR_MISMATCH)
    /// A file or an option is well formed but asks for something that this library, as it was built, does not do.
    public static let unsupported = Status(rawValue: PRIMER_ERR_UNSUPPORTED)
    /// The caller asked to stop.
    public static let cancelled = Status(rawValue: PRIMER_ERR_CANCELLED)
    /// The handle is exclusive and in use by another call.
    public static let busy = Status(rawValue: PRIMER_ERR_BUSY)
    /// A loss or a gradient is not finite: training has diverged.
    public static let nonFinite = Status(rawValue: PRIMER_ERR_NON_FINITE)
    /// Something is larger than the limit that protects the process.
    public static let tooLarge = Status(rawValue: PRIMER_ERR_TOO_LARGE)
    /// A computation failed inside the tensor library or on the device.
    public static let compute = Status(rawValue: PRIMER_ERR_COMPUTE)
    /// A defect of this library was caught; please report the message. An exclusive handle that was in the call gives
    /// this status from then on and can only be freed.
    public static let panic = Status(rawValue: PRIMER_ERR_PANIC)
    /// A device's memory does not hold what was asked of it; the message names the size. Smaller batches may fit; the
    /// handles can be used on.
    public static let outOfMemory = Status(rawValue: PRIMER_ERR_OUT_OF_MEMORY)
    /// The device that was asked for is not there, or cannot be used.
    public static let device = Status(rawValue: PRIMER_ERR_DEVICE)
    /// A checkpoint is one of a run with other data, options or backbone; the message says what differs.
    public static let stale = Status(rawValue: PRIMER_ERR_STALE)
}

/// How important a message is: the lower, the more it matters.
public struct LogLevel: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// What a number stands for, also one that has no name here.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Something does not work as it should, but the call goes on.
    public static let warn = LogLevel(rawValue: PRIMER_LOG_WARN)
    /// Something that happens once a model or a training run.
    public static let info = LogLevel(rawValue: PRIMER_LOG_INFO)
}

/// Where a model computes.
public struct Device: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// What a number stands for, also one that has no name here.
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

/// How labelled data is written.
public enum Format: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The format is found out from the file's name or its first line.
    case auto
    /// CoNLL: a word a line in columns, an empty line after each sentence.
    case conll
    /// JSON Lines: {"tokens": [...], "ner_tags": [...]} or {"text": "...", "entities": [{"start", "end", "label"}]} a
    /// line.
    case jsonLines

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .auto: PRIMER_FORMAT_AUTO
        case .conll: PRIMER_FORMAT_CONLL
        case .jsonLines: PRIMER_FORMAT_JSONL
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// How tags mark where an entity begins and ends.
public struct Scheme: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// What a number stands for, also one that has no name here.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The scheme is found out from the tags; for an adapter, ``Scheme/iob2``.
    public static let auto = Scheme(rawValue: PRIMER_SCHEME_AUTO)
    /// B- only where two entities of one type touch. Can be read, not learnt.
    public static let iob1 = Scheme(rawValue: PRIMER_SCHEME_IOB1)
    /// B- at every start.
    public static let iob2 = Scheme(rawValue: PRIMER_SCHEME_IOB2)
    /// Single words (S-) and ends (E-) are marked too.
    public static let bioes = Scheme(rawValue: PRIMER_SCHEME_BIOES)
}

/// What positions in a text count.
public enum TextUnit: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Bytes of the text in UTF-8 (C, C++, Go, Rust).
    case byte
    /// UTF-16 code units (JavaScript, Java, NSString).
    case utf16
    /// Unicode code points (Python).
    case codePoint

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .byte: PRIMER_UNIT_BYTE
        case .utf16: PRIMER_UNIT_UTF16
        case .codePoint: PRIMER_UNIT_CODE_POINT
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// A folder that another library reads.
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

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What an adaptation trains.
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
    /// (IA)^3: factors of keys, values and the feed-forward network's inner activations, and head.
    case ia3
    /// Scaled bottleneck adapters beside the feed-forward networks, and head.
    case parallel

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .initial: PRIMER_METHOD_INITIAL
        case .head: PRIMER_METHOD_HEAD
        case .adapter: PRIMER_METHOD_ADAPTER
        case .lora: PRIMER_METHOD_LORA
        case .bitFit: PRIMER_METHOD_BITFIT
        case .full: PRIMER_METHOD_FULL
        case .ia3: PRIMER_METHOD_IA3
        case .parallel: PRIMER_METHOD_PARALLEL
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// The non-linearity of a bottleneck adapter.
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

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// The linear layers that LoRA updates: a set.
public struct LoRASites: OptionSet, Hashable, Sendable {
    /// The sum of the numbers that the C interface gives them.
    public let rawValue: UInt32

    /// What a number stands for, also one that has no name here.
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

/// Which entity stays where one of the training data and one that the initial adapter finds overlap.
public enum Overlap: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// That of the data; the other is no entity then, not even the rest of it.
    case new
    /// That of the initial adapter; the other is not learnt there.
    case old

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .new: PRIMER_OVERLAP_NEW
        case .old: PRIMER_OVERLAP_OLD
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What the method's parameters start from.
public enum StartChoice: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// What the model carries for the method; where it carries nothing, what the seed draws.
    case auto
    /// What the seed draws.
    case fresh

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .auto: PRIMER_START_AUTO
        case .fresh: PRIMER_START_FRESH
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What the rows of the head start from, but for those that an adapter to start from has.
public enum HeadInit: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Names of the types and words of the sentences, where the model carries a start of the method; words alone where
    /// it is of another; else what the seed draws.
    case auto
    /// Words of the sentences alone.
    case prototype
    /// Names of the types alone; only where the model carries a start of the method.
    case name
    /// Zeros.
    case zero
    /// What the seed draws.
    case random

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .auto: PRIMER_HEAD_INIT_AUTO
        case .prototype: PRIMER_HEAD_INIT_PROTOTYPE
        case .name: PRIMER_HEAD_INIT_NAME
        case .zero: PRIMER_HEAD_INIT_ZERO
        case .random: PRIMER_HEAD_INIT_RANDOM
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// How much an adaptation trains.
public enum Effort: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Nothing: the head as it starts, at once.
    case none
    /// A few updates of the uppermost layers.
    case quick
    /// On a model that carries a start, the uppermost layers in seconds; on another, as ``Effort/thorough``.
    case usual
    /// All that the method touches, about 600 updates.
    case thorough

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .none: PRIMER_EFFORT_NONE
        case .quick: PRIMER_EFFORT_QUICK
        case .usual: PRIMER_EFFORT_USUAL
        case .thorough: PRIMER_EFFORT_THOROUGH
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What has just happened in a training run.
public struct Stage: RawRepresentable, Hashable, Sendable {
    /// The number that the C interface gives it.
    public let rawValue: Int32

    /// What a number stands for, also one that has no name here.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The dev data was tagged before training.
    public static let start = Stage(rawValue: PRIMER_STAGE_START)
    /// An update was made.
    public static let step = Stage(rawValue: PRIMER_STAGE_STEP)
    /// An epoch has ended and the dev data, if any, was tagged.
    public static let epoch = Stage(rawValue: PRIMER_STAGE_EPOCH)
    /// Before training, sentences are cut into tokens. Told where it is asked for.
    public static let encode = Stage(rawValue: PRIMER_STAGE_ENCODE)
    /// Before training, what frozen lower layers give is computed. Told where it is asked for.
    public static let prefix = Stage(rawValue: PRIMER_STAGE_PREFIX)
}

/// What runs the forward pass of a tagger.
public enum Engine: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The library's own encoder: nothing else is needed.
    case native
    /// ONNX Runtime, a shared library of version 1.17 or newer that is looked for when the tagger is made; an error
    /// where there is none.
    case onnx
    /// ONNX Runtime where it is found and can do what is asked for, else the library's own encoder.
    case auto

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .native: PRIMER_ENGINE_NATIVE
        case .onnx: PRIMER_ENGINE_ONNX
        case .auto: PRIMER_ENGINE_AUTO
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// The dtype in which a model computes.
public enum Precision: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// 32-bit floats: the numbers of the reference implementation.
    case f32
    /// 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: faster and smaller,
    /// for a small loss of accuracy. The native engine has it on the processor, in tagging.
    case int8
    /// Activations and large products in bfloat16, with 8 bits of mantissa; what is trained stays in 32-bit floats. The
    /// native engine, adaptation and priming have it on GPUs.
    case bf16

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .f32: PRIMER_PRECISION_F32
        case .int8: PRIMER_PRECISION_INT8
        case .bf16: PRIMER_PRECISION_BF16
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// Where texts are cut before they are tagged.
public enum Split: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Into sentences, as training data has them: at the ends of lines and paragraphs and at the sentence boundaries of
    /// Unicode, but not behind initials and abbreviations.
    case sentences
    /// At the ends of lines alone.
    case lines
    /// Nowhere but where a window is full.
    case none

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .sentences: PRIMER_SPLIT_SENTENCES
        case .lines: PRIMER_SPLIT_LINES
        case .none: PRIMER_SPLIT_NONE
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// How a backbone is primed.
@_spi(Experimental)
public enum Algorithm: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// MAML: the loss after a few steps of what a device will do.
    case maml
    /// Multi-task training, the baseline: no inner steps.
    case multiTask
    /// Reptile: a share of the way to where the inner steps lead.
    case reptile

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .maml: PRIMER_ALGORITHM_MAML
        case .multiTask: PRIMER_ALGORITHM_MULTI_TASK
        case .reptile: PRIMER_ALGORITHM_REPTILE
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// Which gradient MAML takes through the inner steps.
@_spi(Experimental)
public enum Order: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// MAML as if the inner steps were fixed: the cheapest.
    case first
    /// The exact gradient through the inner steps.
    case tangents
    /// The same by central differences of gradients.
    case differences

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .first: PRIMER_ORDER_FIRST
        case .tangents: PRIMER_ORDER_TANGENTS
        case .differences: PRIMER_ORDER_DIFFERENCES
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What inner steps change.
@_spi(Experimental)
public enum InnerScope: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The method's parameters and the head, as a device will.
    case phi
    /// The head alone (ANIL).
    case head
    /// Everything, the backbone included (plain MAML).
    case everything

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .phi: PRIMER_INNER_PHI
        case .head: PRIMER_INNER_HEAD
        case .everything: PRIMER_INNER_EVERYTHING
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What is learnt.
@_spi(Experimental)
public enum OuterScope: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The backbone, the method's parameters and the head.
    case both
    /// The backbone alone.
    case backbone
    /// The method's parameters and the head alone.
    case phi

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .both: PRIMER_OUTER_BOTH
        case .backbone: PRIMER_OUTER_BACKBONE
        case .phi: PRIMER_OUTER_PHI
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What an episode tags, and where its head comes from.
@_spi(Experimental)
public enum EpisodeHead: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// All types, with one head for all tasks, whose rows are parameters.
    case shared
    /// Some of the task's types, the rest is O; the head is made anew of the types' names and the support words. What
    /// it is made with is learnt, and becomes the start that the model carries.
    case made

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .shared: PRIMER_EPISODE_HEAD_SHARED
        case .made: PRIMER_EPISODE_HEAD_MADE
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// How numbers are stored. The values are those that GGUF files know them by.
@_spi(Experimental)
public enum Storage: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// 32-bit floats.
    case f32
    /// 16-bit floats.
    case f16
    /// 4 bits a number and a scale for 32 numbers.
    case q4_0
    /// 8 bits a number and a scale for 32 numbers.
    case q8_0
    /// The upper half of 32-bit floats.
    case bf16

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .f32: PRIMER_STORAGE_F32
        case .f16: PRIMER_STORAGE_F16
        case .q4_0: PRIMER_STORAGE_Q4_0
        case .q8_0: PRIMER_STORAGE_Q8_0
        case .bf16: PRIMER_STORAGE_BF16
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}
