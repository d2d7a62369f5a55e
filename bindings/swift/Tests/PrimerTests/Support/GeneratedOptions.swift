// Generated from interface/ by `make generate`. Do not edit: change the source.

import Testing

@_spi(Experimental) import Primer

// Options by the names of C's fields, as the conformance suite has them. A name that is not known here fails.

extension ModelOptions {
    init(_ json: JSON?) {
        self.init()
        for key in json?.keys ?? [] {
            let value = json![key]!
            switch key {
            case "threads": threads = value.int
            case "quantised": quantised = value.bool
            case "verify": verify = value.bool
            case "device": device = Device(rawValue: Constants.value(value))
            case "device_number": deviceNumber = value.int
            default: fatalError("no option \(key)")
            }
        }
    }
}

extension DatasetOptions {
    init(_ json: JSON?) {
        self.init()
        for key in json?.keys ?? [] {
            let value = json![key]!
            switch key {
            case "format": format = Format(rawValue: Constants.value(value))!
            case "scheme": scheme = Scheme(rawValue: Constants.value(value))
            case "unit": unit = TextUnit(rawValue: Constants.value(value))!
            case "word_column": wordColumn = value.int == -1 ? nil : value.int
            case "tag_column": tagColumn = value.int == -1 ? nil : value.int
            case "labelled": labelled = value.bool
            case "strict": strict = value.bool
            case "tag_names": tagNames = value == .null ? [] : value.strings
            case "tag_name_count": #expect(tagNames.count == value.int || json!["tag_names"] != .null)
            case "labelled_types": labelledTypes = value == .null ? [] : value.strings
            case "labelled_type_count": #expect(labelledTypes.count == value.int || json!["labelled_types"] != .null)
            default: fatalError("no option \(key)")
            }
        }
    }
}

extension AdaptOptions {
    init(_ json: JSON?) {
        self.init()
        for key in json?.keys ?? [] {
            let value = json![key]!
            switch key {
            case "method": method = AdaptMethod(rawValue: Constants.value(value))!
            case "scheme": scheme = Scheme(rawValue: Constants.value(value))
            case "epochs": epochs = value.int
            case "batch_size": batchSize = value.int
            case "micro_batch_pieces": microBatchPieces = value.int
            case "evaluate_every": evaluateEvery = value.int
            case "patience": patience = value.int
            case "shots": shots = value.int
            case "cache_mib": cacheMiB = value.int
            case "seed": seed = UInt64(value.int)
            case "learning_rate": learningRate = value.double
            case "head_learning_rate": headLearningRate = value.double
            case "weight_decay": weightDecay = value.double
            case "warmup": warmup = value.double
            case "clip": clip = value.double
            case "types": types = value == .null ? [] : value.strings
            case "type_count": #expect(types.count == value.int || json!["types"] != .null)
            case "name": name = value.string
            case "layers": layers = value == .null ? [] : value.ints
            case "layer_count": #expect(layers.count == value.int || json!["layers"] != .null)
            case "adapter_size": adapterSize = value.int
            case "adapter_attention": adapterAttention = value.bool
            case "adapter_output": adapterOutput = value.bool
            case "adapter_norm_before": adapterNormBefore = value.bool
            case "adapter_activation": adapterActivation = Activation(rawValue: Constants.value(value))!
            case "lora_rank": loraRank = value.int
            case "adapter_scaling": adapterScaling = value.double
            case "lora_alpha": loraAlpha = value.double
            case "lora_rslora": loraRSLoRA = value.bool
            case "lora_sites": loraSites = value.sites
            case "batch_pieces": batchPieces = value.int
            case "recompute": recompute = value.bool
            case "head_only": headOnly = value.bool
            case "precision": precision = Precision(rawValue: Constants.value(value))!
            case "drop_types": dropTypes = value.bool
            case "overlap": overlap = Overlap(rawValue: Constants.value(value))!
            case "restart": restart = value.bool
            case "preparation": preparation = value.bool
            case "start": start = StartChoice(rawValue: Constants.value(value))!
            case "head_init": headInit = HeadInit(rawValue: Constants.value(value))!
            case "descriptions": descriptions = value == .null ? [] : value.strings
            case "description_count": #expect(descriptions.count == value.int || json!["descriptions"] != .null)
            case "trained_layers": trainedLayers = value.int
            case "effort": effort = Effort(rawValue: Constants.value(value))!
            default: fatalError("no option \(key)")
            }
        }
    }
}

extension TaggerOptions {
    init(_ json: JSON?) {
        self.init()
        for key in json?.keys ?? [] {
            let value = json![key]!
            switch key {
            case "engine": engine = Engine(rawValue: Constants.value(value))!
            case "precision": precision = Precision(rawValue: Constants.value(value))!
            case "threads": threads = value.int
            case "onnxruntime": onnxRuntime = value == .null ? nil : value.string
            case "providers": providers = value == .null ? [] : value.strings
            case "provider_count": #expect(providers.count == value.int || json!["providers"] != .null)
            case "min_score": minScore = value.double
            case "split": split = Split(rawValue: Constants.value(value))!
            case "window": window = value.int
            default: fatalError("no option \(key)")
            }
        }
    }
}

extension PrimeOptions {
    init(_ json: JSON?) {
        self.init()
        for key in json?.keys ?? [] {
            let value = json![key]!
            switch key {
            case "algorithm": algorithm = Algorithm(rawValue: Constants.value(value))!
            case "order": order = Order(rawValue: Constants.value(value))!
            case "inner_scope": innerScope = InnerScope(rawValue: Constants.value(value))!
            case "outer_scope": outerScope = OuterScope(rawValue: Constants.value(value))!
            case "inner_steps": innerSteps = value.int
            case "fresh_support": freshSupport = value.bool
            case "redraw": redraw = value.bool
            case "multi_step_loss": multiStepLoss = value.bool
            case "support": support = value.int
            case "query": query = value.int
            case "episodes": episodes = value.int
            case "steps": steps = value.int
            case "micro_batch_pieces": microBatchPieces = value.int
            case "scheme": scheme = Scheme(rawValue: Constants.value(value))
            case "evaluate_every": evaluateEvery = value.int
            case "checkpoint_every": checkpointEvery = value.int
            case "precision": precision = Precision(rawValue: Constants.value(value))!
            case "adaptation": adaptation = value == .null ? nil : AdaptOptions(value)
            case "seed": seed = UInt64(value.int)
            case "inner_rate": innerRate = value.double
            case "learn_inner_rate": learnInnerRate = value.double
            case "reptile_rate": reptileRate = value.double
            case "temperature": temperature = value.double
            case "encoder_rate": encoderRate = value.double
            case "embedding_rate": embeddingRate = value.double
            case "method_rate": methodRate = value.double
            case "layer_decay": layerDecay = value.double
            case "weight_decay": weightDecay = value.double
            case "warmup": warmup = value.double
            case "clip": clip = value.double
            case "types": types = value == .null ? [] : value.strings
            case "type_count": #expect(types.count == value.int || json!["types"] != .null)
            case "name": name = value.string
            case "restart": restart = value.bool
            case "head": head = EpisodeHead(rawValue: Constants.value(value))!
            case "nameless": nameless = value.double
            case "episode_tokens": episodeTokens = value.int
            default: fatalError("no option \(key)")
            }
        }
    }
}

/// Of every option a value that is not the initial one.
enum OtherValues {
    static let model: JSON = [
        "threads": 1001,
        "quantised": 1,
        "verify": 0,
        "device": "PRIMER_DEVICE_METAL",
        "device_number": 1005,
    ]
    static let dataset: JSON = [
        "format": "PRIMER_FORMAT_JSONL",
        "scheme": "PRIMER_SCHEME_BIOES",
        "unit": "PRIMER_UNIT_UTF16",
        "word_column": 1004,
        "tag_column": 1005,
        "labelled": 0,
        "strict": 1,
        "tag_names": ["PER", "", "Ärzte"],
        "tag_name_count": 3,
        "labelled_types": ["PER", "", "Ärzte"],
        "labelled_type_count": 3,
    ]
    static let adapt: JSON = [
        "method": "PRIMER_METHOD_PARALLEL",
        "scheme": "PRIMER_SCHEME_BIOES",
        "epochs": 1003,
        "batch_size": 1004,
        "micro_batch_pieces": 1005,
        "evaluate_every": 1006,
        "patience": 1007,
        "shots": 1008,
        "cache_mib": 1009,
        "seed": 1010,
        "learning_rate": 1011.5,
        "head_learning_rate": 1012.5,
        "weight_decay": 1013.5,
        "warmup": 1014.5,
        "clip": 1015.5,
        "types": ["PER", "", "Ärzte"],
        "type_count": 3,
        "name": "nä\0mé",
        "layers": [1, 10],
        "layer_count": 2,
        "adapter_size": 1019,
        "adapter_attention": 1,
        "adapter_output": 0,
        "adapter_norm_before": 0,
        "adapter_activation": "PRIMER_ACTIVATION_GELU",
        "lora_rank": 1024,
        "adapter_scaling": 1025.5,
        "lora_alpha": 1026.5,
        "lora_rslora": 1,
        "lora_sites": ["PRIMER_SITE_KEY", "PRIMER_SITE_OUTPUT"],
        "batch_pieces": 1029,
        "recompute": 1,
        "head_only": 1,
        "precision": "PRIMER_PRECISION_BF16",
        "drop_types": 1,
        "overlap": "PRIMER_OVERLAP_OLD",
        "restart": 1,
        "preparation": 1,
        "start": "PRIMER_START_FRESH",
        "head_init": "PRIMER_HEAD_INIT_RANDOM",
        "descriptions": ["PER", "", "Ärzte"],
        "description_count": 3,
        "trained_layers": 1040,
        "effort": "PRIMER_EFFORT_THOROUGH",
    ]
    static let tagger: JSON = [
        "engine": "PRIMER_ENGINE_AUTO",
        "precision": "PRIMER_PRECISION_BF16",
        "threads": 1003,
        "onnxruntime": "/ä/library.so",
        "providers": ["cuda", "", "cpü"],
        "provider_count": 3,
        "min_score": 1006.5,
        "split": "PRIMER_SPLIT_NONE",
        "window": 1008,
    ]
    static let prime: JSON = [
        "algorithm": "PRIMER_ALGORITHM_REPTILE",
        "order": "PRIMER_ORDER_DIFFERENCES",
        "inner_scope": "PRIMER_INNER_EVERYTHING",
        "outer_scope": "PRIMER_OUTER_PHI",
        "inner_steps": 1005,
        "fresh_support": 1,
        "redraw": 1,
        "multi_step_loss": 1,
        "support": 1009,
        "query": 1010,
        "episodes": 1011,
        "steps": 1012,
        "micro_batch_pieces": 1013,
        "scheme": "PRIMER_SCHEME_BIOES",
        "evaluate_every": 1015,
        "checkpoint_every": 1016,
        "precision": "PRIMER_PRECISION_BF16",
        "adaptation": Self.adapt,
        "seed": 1019,
        "inner_rate": 1020.5,
        "learn_inner_rate": 1021.5,
        "reptile_rate": 1022.5,
        "temperature": 1023.5,
        "encoder_rate": 1024.5,
        "embedding_rate": 1025.5,
        "method_rate": 1026.5,
        "layer_decay": 1027.5,
        "weight_decay": 1028.5,
        "warmup": 1029.5,
        "clip": 1030.5,
        "types": ["PER", "", "Ärzte"],
        "type_count": 3,
        "name": "nä\0mé",
        "restart": 1,
        "head": "PRIMER_EPISODE_HEAD_MADE",
        "nameless": 1035.5,
        "episode_tokens": 1036,
    ]
}
