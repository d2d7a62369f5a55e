import CPrimer
import Foundation
import Testing

@_spi(Experimental) @testable import Primer

@Suite struct OptionsTests {
    let abi: JSON
    let initial: JSON

    init() throws {
        abi = try JSON(conformance: "abi")
        initial = try JSON(conformance: "options")
    }

    /// What the library fills in is what Swift's structs begin with.
    @Test func initialValues() {
        #expect(ModelOptions(initial["primer_model_options"]) == ModelOptions())
        #expect(DatasetOptions(initial["primer_dataset_options"]) == DatasetOptions())
        #expect(AdaptOptions(initial["primer_adapt_options"]) == AdaptOptions())
        #expect(PrimeOptions(initial["primer_prime_options"]) == PrimeOptions())
        #expect(TaggerOptions(initial["primer_tagger_options"]) == TaggerOptions())
        #expect(initial.keys.count == 5)
    }

    /// Sets every option to something else and finds it in C's struct, at the place that the header gives it.
    @Test func everyOptionReachesC() throws {
        try check("primer_model_options", Self.loading) { values, read in try ModelOptions(values).withC { try read($0) } }
        try check(
            "primer_tagger_options",
            [
                "engine": "PRIMER_ENGINE_AUTO", "precision": "PRIMER_PRECISION_INT8", "threads": 3,
                "onnxruntime": "/ä/libonnxruntime.so", "providers": ["cuda", "", "cpü"], "provider_count": 3,
            ]
        ) { values, read in try TaggerOptions(values).withC { try read($0) } }
        try check(
            "primer_dataset_options",
            [
                "format": "PRIMER_FORMAT_JSONL", "scheme": "PRIMER_SCHEME_IOB1", "unit": "PRIMER_UNIT_UTF16",
                "word_column": 2, "tag_column": 3, "labelled": 0,
            ]
        ) { values, read in try DatasetOptions(values).withC { try read($0) } }
        try check("primer_adapt_options", Self.adaptation) { values, read in try AdaptOptions(values).withC { try read($0) } }
        try check(
            "primer_prime_options",
            [
                "algorithm": "PRIMER_ALGORITHM_REPTILE", "order": "PRIMER_ORDER_TANGENTS",
                "inner_scope": "PRIMER_INNER_HEAD", "outer_scope": "PRIMER_OUTER_PHI", "inner_steps": 2,
                "fresh_support": 1, "redraw": 1, "multi_step_loss": 1, "support": 3, "query": 4, "episodes": 5,
                "steps": 6, "micro_batch_pieces": 7, "scheme": "PRIMER_SCHEME_BIOES", "evaluate_every": 8,
                "checkpoint_every": 9, "precision": "PRIMER_PRECISION_BF16", "adaptation": Self.adaptation, "seed": 1234567890123, "inner_rate": 0.11,
                "learn_inner_rate": 0.12, "reptile_rate": 0.13, "temperature": 0.14, "encoder_rate": 0.15,
                "embedding_rate": 0.16, "method_rate": 0.17, "layer_decay": 0.18, "weight_decay": 0.19,
                "warmup": 0.2, "clip": 0.21, "types": ["PER", "Ä"], "type_count": 2, "name": "prim\0ed",
            ]
        ) { values, read in try PrimeOptions(values).withC { try read($0) } }
    }

    private static let loading: JSON = [
        "threads": 3, "quantised": 1, "verify": 0, "device": "PRIMER_DEVICE_CUDA", "device_number": 4,
    ]

    private static let adaptation: JSON = [
        "method": "PRIMER_METHOD_LORA", "scheme": "PRIMER_SCHEME_BIOES", "epochs": 2, "batch_size": 3,
        "micro_batch_pieces": 4, "evaluate_every": 5, "patience": 6, "shots": 7, "cache_mib": 8, "seed": 9,
        "learning_rate": 0.1, "head_learning_rate": 0.2, "weight_decay": 0.3, "warmup": 0.4, "clip": 0.5,
        "types": ["PER", "", "Ärzte"], "type_count": 3, "name": "nämé", "layers": [1, 10], "layer_count": 2,
        "adapter_size": 11, "adapter_attention": 1, "adapter_output": 0, "adapter_norm_before": 0,
        "adapter_activation": "PRIMER_ACTIVATION_GELU", "adapter_scaling": 0.6, "lora_rank": 12, "lora_alpha": 0.7,
        "lora_rslora": 1, "lora_sites": ["PRIMER_SITE_KEY", "PRIMER_SITE_OUTPUT"], "batch_pieces": 13,
        "recompute": 1, "head_only": 1, "precision": "PRIMER_PRECISION_BF16",
    ]

    /// Reads a struct's fields while it is lent.
    private typealias Read = (UnsafeRawPointer) throws -> Void

    private func check(_ name: String, _ values: JSON, lend: (JSON, Read) throws -> Void) throws {
        let fields = abi["structs"]!.array.first { $0["name"]!.string == name }!["fields"]!.array
        let byName = Dictionary(uniqueKeysWithValues: fields.map { ($0["name"]!.string, $0) })
        let expected = Set(byName.keys).subtracting(["struct_size", "reserved", "reserved2"])
        #expect(values.keys == expected, "options of \(name) that this test leaves out, or that are none")
        for key in values.keys {
            #expect(values[key] != initial[name]![key], "\(name).\(key) is its initial value: the test proves nothing")
        }
        var wasLent = false
        try lend(values) { memory in
            wasLent = true
            for (key, field) in byName where key == "struct_size" || values.keys.contains(key) {
                let place = memory + field["offset"]!.int
                if key == "struct_size" {
                    let size = self.abi["structs"]!.array.first { $0["name"]!.string == name }!["size"]!.int
                    #expect(place.load(as: UInt32.self) == size)
                } else {
                    Self.compare(place, field["type"]!.string, values[key]!, "\(name).\(key)")
                }
            }
        }
        #expect(wasLent)
    }

    private static func compare(_ place: UnsafeRawPointer, _ type: String, _ value: JSON, _ name: String) {
        let number: Int64
        switch value {
        case .string(let constant) where constant.hasPrefix("PRIMER_"): number = Int64(Constants.value(value))
        case .array where name.hasSuffix("lora_sites"): number = Int64(value.sites.rawValue)
        case .number(let double): number = Int64(double)
        default: number = .min
        }
        switch type {
        case "int32_t": #expect(Int64(place.load(as: Int32.self)) == number, "\(name)")
        case "uint32_t": #expect(Int64(place.load(as: UInt32.self)) == number, "\(name)")
        case "uint64_t": #expect(Int64(place.load(as: UInt64.self)) == number, "\(name)")
        case "size_t": #expect(Int64(place.load(as: UInt.self)) == number, "\(name)")
        case "double": #expect(place.load(as: Double.self) == value.double, "\(name)")
        case "primer_str", "struct primer_str":
            #expect(String(place.load(as: primer_str.self)) == value.string, "\(name)")
        case "const char *":
            #expect(String(cString: place.load(as: UnsafePointer<CChar>.self)) == value.string, "\(name)")
        case "const char *const *":
            let first = place.load(as: UnsafePointer<UnsafePointer<CChar>>.self)
            #expect((0..<value.array.count).map { String(cString: first[$0]) } == value.strings, "\(name)")
        case "const uint32_t *":
            let first = place.load(as: UnsafePointer<UInt32>.self)
            #expect((0..<value.array.count).map { Int(first[$0]) } == value.ints, "\(name)")
        case "const primer_str *", "const struct primer_str *":
            let first = place.load(as: UnsafePointer<primer_str>.self)
            #expect((0..<value.array.count).map { String(first[$0]) } == value.strings, "\(name)")
        case "const primer_adapt_options *", "const struct primer_adapt_options *":
            let options = place.load(as: UnsafePointer<primer_adapt_options>.self).pointee
            #expect(options.lora_rank == 12 && options.layer_count == 2, "\(name)")
        default: Issue.record("\(name) is of type \(type), which this test does not know")
        }
    }

    /// What C's numbers do not hold is refused by name, and does not end the program.
    @Test func numbersThatDoNotFit() throws {
        var adaptation = AdaptOptions()
        adaptation.epochs = -1
        try expectInvalid("epochs is -1") { try adaptation.withC { _ in } }
        adaptation = AdaptOptions()
        adaptation.layers = [0, 1 << 40]
        try expectInvalid("layers is 1099511627776") { try adaptation.withC { _ in } }
        var model = ModelOptions()
        model.threads = 1 << 32
        try expectInvalid("threads is 4294967296") { try model.withC { _ in } }
        model = ModelOptions()
        model.deviceNumber = -1
        try expectInvalid("deviceNumber is -1") { try model.withC { _ in } }
        var tagger = TaggerOptions()
        tagger.threads = -1
        try expectInvalid("threads is -1") { try tagger.withC { _ in } }
        tagger = TaggerOptions()
        tagger.onnxRuntime = "a\0b"
        try expectInvalid("onnxRuntime holds a NUL byte") { try tagger.withC { _ in } }
        tagger = TaggerOptions()
        tagger.providers = ["cpu", "\0"]
        try expectInvalid("providers holds a NUL byte") { try tagger.withC { _ in } }
        var data = DatasetOptions()
        data.wordColumn = .max
        try expectInvalid("wordColumn") { try data.withC { _ in } }
        var priming = PrimeOptions()
        priming.steps = -7
        try expectInvalid("steps is -7") { try priming.withC { _ in } }
    }

    @Test func methodsByName() throws {
        let names = ["head", "adapter", "lora", "bitfit", "full"]
        #expect(try names.map { try AdaptMethod(name: $0) } == [.head, .adapter, .lora, .bitFit, .full])
        try expectInvalid("prefix") { _ = try AdaptMethod(name: "prefix") }
        try expectInvalid("name holds a NUL byte") { _ = try AdaptMethod(name: "head\0er") }
    }
}
