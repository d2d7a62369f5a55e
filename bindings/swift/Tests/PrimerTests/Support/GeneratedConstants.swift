// Generated from interface/ by `make generate`. Do not edit: change the source.

@_spi(Experimental) import Primer

extension Constants {
    /// The constants of C by the groups of tests/conformance/abi.json.
    static let groups: [String: [String: Int64]] = [
        "STATUS": open([
            "OK": Status.ok,
            "ERR_INVALID_ARGUMENT": .invalidArgument,
            "ERR_INVALID_UTF8": .invalidUTF8,
            "ERR_IO": .io,
            "ERR_FORMAT": .format,
            "ERR_DATA": .data,
            "ERR_MISMATCH": .mismatch,
            "ERR_UNSUPPORTED": .unsupported,
            "ERR_CANCELLED": .cancelled,
            "ERR_BUSY": .busy,
            "ERR_NON_FINITE": .nonFinite,
            "ERR_TOO_LARGE": .tooLarge,
            "ERR_COMPUTE": .compute,
            "ERR_PANIC": .panic,
            "ERR_OUT_OF_MEMORY": .outOfMemory,
            "ERR_DEVICE": .device,
            "ERR_STALE": .stale,
        ]),
        "LOG": open([
            "WARN": LogLevel.warn,
            "INFO": .info,
        ]),
        "DEVICE": open([
            "CPU": Device.cpu,
            "AUTO": .auto,
            "CUDA": .cuda,
            "METAL": .metal,
        ]),
        "FORMAT": closed([
            "AUTO": Format.auto,
            "CONLL": .conll,
            "JSONL": .jsonLines,
        ]),
        "SCHEME": open([
            "AUTO": Scheme.auto,
            "IOB1": .iob1,
            "IOB2": .iob2,
            "BIOES": .bioes,
        ]),
        "UNIT": closed([
            "BYTE": TextUnit.byte,
            "UTF16": .utf16,
            "CODE_POINT": .codePoint,
        ]),
        "FOLDER": closed([
            "PEFT": FolderFormat.peft,
            "ADAPTERHUB": .adapterHub,
        ]),
        "METHOD": closed([
            "INITIAL": AdaptMethod.initial,
            "HEAD": .head,
            "ADAPTER": .adapter,
            "LORA": .lora,
            "BITFIT": .bitFit,
            "FULL": .full,
            "IA3": .ia3,
            "PARALLEL": .parallel,
        ]),
        "ACTIVATION": closed([
            "RELU": Activation.relu,
            "SWISH": .swish,
            "GELU": .gelu,
        ]),
        "SITE": open([
            "QUERY": LoRASites.query,
            "KEY": .key,
            "VALUE": .value,
            "ATTENTION_OUTPUT": .attentionOutput,
            "INTERMEDIATE": .intermediate,
            "OUTPUT": .output,
        ]),
        "OVERLAP": closed([
            "NEW": Overlap.new,
            "OLD": .old,
        ]),
        "START": closed([
            "AUTO": StartChoice.auto,
            "FRESH": .fresh,
        ]),
        "HEAD_INIT": closed([
            "AUTO": HeadInit.auto,
            "PROTOTYPE": .prototype,
            "NAME": .name,
            "ZERO": .zero,
            "RANDOM": .random,
        ]),
        "EFFORT": closed([
            "NONE": Effort.none,
            "QUICK": .quick,
            "USUAL": .usual,
            "THOROUGH": .thorough,
        ]),
        "STAGE": open([
            "START": Stage.start,
            "STEP": .step,
            "EPOCH": .epoch,
            "ENCODE": .encode,
            "PREFIX": .prefix,
        ]),
        "ENGINE": closed([
            "NATIVE": Engine.native,
            "ONNX": .onnx,
            "AUTO": .auto,
        ]),
        "PRECISION": closed([
            "F32": Precision.f32,
            "INT8": .int8,
            "BF16": .bf16,
        ]),
        "SPLIT": closed([
            "SENTENCES": Split.sentences,
            "LINES": .lines,
            "NONE": .none,
        ]),
        "ALGORITHM": closed([
            "MAML": Algorithm.maml,
            "MULTI_TASK": .multiTask,
            "REPTILE": .reptile,
        ]),
        "ORDER": closed([
            "FIRST": Order.first,
            "TANGENTS": .tangents,
            "DIFFERENCES": .differences,
        ]),
        "INNER": closed([
            "PHI": InnerScope.phi,
            "HEAD": .head,
            "EVERYTHING": .everything,
        ]),
        "OUTER": closed([
            "BOTH": OuterScope.both,
            "BACKBONE": .backbone,
            "PHI": .phi,
        ]),
        "EPISODE_HEAD": closed([
            "SHARED": EpisodeHead.shared,
            "MADE": .made,
        ]),
        "STORAGE": closed([
            "F32": Storage.f32,
            "F16": .f16,
            "Q4_0": .q4_0,
            "Q8_0": .q8_0,
            "BF16": .bf16,
        ]),
    ]
}
