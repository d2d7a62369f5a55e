@_spi(Experimental) import Primer

/// Every constant of the C header by its name, as this module has it.
enum Constants {
    static let all: [String: Int64] = {
        var all: [String: Int64] = [:]
        for (group, values) in groups {
            for (name, value) in values { all["PRIMER_\(group == "STATUS" ? "" : group + "_")\(name)"] = value }
        }
        return all
    }()

    /// By the groups of tests/conformance/abi.json.
    static let groups: [String: [String: Int64]] = [
        "STATUS": open([
            "OK": Status.ok, "ERR_INVALID_ARGUMENT": .invalidArgument, "ERR_INVALID_UTF8": .invalidUTF8, "ERR_IO": .io,
            "ERR_FORMAT": .format, "ERR_DATA": .data, "ERR_MISMATCH": .mismatch, "ERR_UNSUPPORTED": .unsupported,
            "ERR_CANCELLED": .cancelled, "ERR_BUSY": .busy, "ERR_NON_FINITE": .nonFinite, "ERR_TOO_LARGE": .tooLarge,
            "ERR_COMPUTE": .compute, "ERR_PANIC": .panic, "ERR_OUT_OF_MEMORY": .outOfMemory, "ERR_DEVICE": .device,
        ]),
        "LOG": open(["WARN": LogLevel.warn, "INFO": .info]),
        "SCHEME": open(["AUTO": Scheme.auto, "IOB1": .iob1, "IOB2": .iob2, "BIOES": .bioes]),
        "STAGE": open(["START": Stage.start, "STEP": .step, "EPOCH": .epoch]),
        "SITE": open([
            "QUERY": LoRASites.query, "KEY": .key, "VALUE": .value, "ATTENTION_OUTPUT": .attentionOutput,
            "INTERMEDIATE": .intermediate, "OUTPUT": .output,
        ]),
        "FORMAT": closed(["AUTO": Format.auto, "CONLL": .conll, "JSONL": .jsonLines]),
        "FOLDER": closed(["PEFT": FolderFormat.peft, "ADAPTERHUB": .adapterHub]),
        "METHOD": closed([
            "INITIAL": AdaptMethod.initial, "HEAD": .head, "ADAPTER": .adapter, "LORA": .lora, "BITFIT": .bitFit,
            "FULL": .full,
        ]),
        "ENGINE": closed(["NATIVE": Engine.native, "ONNX": .onnx, "AUTO": .auto]),
        "PRECISION": closed(["F32": Precision.f32, "INT8": .int8, "BF16": .bf16]),
        "DEVICE": open(["CPU": Device.cpu, "AUTO": .auto, "CUDA": .cuda, "METAL": .metal]),
        "ACTIVATION": closed(["RELU": Activation.relu, "SWISH": .swish, "GELU": .gelu]),
        "UNIT": closed(["BYTE": TextUnit.byte, "UTF16": .utf16, "CODE_POINT": .codePoint]),
        "ALGORITHM": closed(["MAML": Algorithm.maml, "MULTI_TASK": .multiTask, "REPTILE": .reptile]),
        "ORDER": closed(["FIRST": Order.first, "TANGENTS": .tangents, "DIFFERENCES": .differences]),
        "INNER": closed(["PHI": InnerScope.phi, "HEAD": .head, "EVERYTHING": .everything]),
        "OUTER": closed(["BOTH": OuterScope.both, "BACKBONE": .backbone, "PHI": .phi]),
        "STORAGE": closed(["F32": Storage.f32, "F16": .f16, "Q4_0": .q4_0, "Q8_0": .q8_0, "BF16": .bf16]),
    ]

    private static func open<E: RawRepresentable>(_ values: [String: E]) -> [String: Int64]
    where E.RawValue: BinaryInteger {
        values.mapValues { Int64($0.rawValue) }
    }

    /// Of an enum every case must be there, and be found again by its number.
    private static func closed<E: RawRepresentable & CaseIterable & Hashable>(_ values: [String: E]) -> [String: Int64]
    where E.RawValue == Int32 {
        precondition(Set(values.values) == Set(E.allCases), "\(E.self) has cases without a name of C's")
        precondition(E.allCases.allSatisfy { E(rawValue: $0.rawValue) == $0 })
        precondition(E(rawValue: 1_000) == nil)
        return values.mapValues { Int64($0.rawValue) }
    }

    /// The value of a constant's name.
    static func value(_ name: JSON) -> Int32 {
        guard let value = all[name.string] else { fatalError("no constant \(name.string)") }
        return Int32(value)
    }
}

extension JSON {
    var status: Status { Status(rawValue: Constants.value(self)) }
    var scheme: Scheme { Scheme(rawValue: Constants.value(self)) }
    var unit: TextUnit { TextUnit(rawValue: Constants.value(self))! }
    var sites: LoRASites { array.reduce(into: []) { $0.insert(LoRASites(rawValue: UInt32(Constants.value($1)))) } }
}
