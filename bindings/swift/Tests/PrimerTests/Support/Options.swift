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
            case "scheme": scheme = value.scheme
            case "unit": unit = value.unit
            case "word_column": wordColumn = value.int == -1 ? nil : value.int
            case "tag_column": tagColumn = value.int == -1 ? nil : value.int
            case "labelled": labelled = value.bool
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
            case "scheme": scheme = value.scheme
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
            case "adapter_scaling": adapterScaling = value.double
            case "lora_rank": loraRank = value.int
            case "lora_alpha": loraAlpha = value.double
            case "lora_rslora": loraRSLoRA = value.bool
            case "lora_sites": loraSites = value.sites
            case "batch_pieces": batchPieces = value.int
            case "recompute": recompute = value.bool
            case "head_only": headOnly = value.bool
            case "precision": precision = Precision(rawValue: Constants.value(value))!
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
            case "scheme": scheme = value.scheme
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
            default: fatalError("no option \(key)")
            }
        }
    }
}
