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
        try check("primer_model_options", OtherValues.model) { values, read in try ModelOptions(values).withC { try read($0) } }
        try check("primer_tagger_options", OtherValues.tagger) { values, read in try TaggerOptions(values).withC { try read($0) } }
        try check("primer_dataset_options", OtherValues.dataset) { values, read in
            try DatasetOptions(values).withC { try read($0) }
        }
        try check("primer_adapt_options", OtherValues.adapt) { values, read in try AdaptOptions(values).withC { try read($0) } }
        try check("primer_prime_options", OtherValues.prime) { values, read in try PrimeOptions(values).withC { try read($0) } }
    }

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
            #expect(Int(options.lora_rank) == value["lora_rank"]!.int && options.layer_count == 2, "\(name)")
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
