import Testing

@_spi(Experimental) import Primer

/// tests/conformance/devices.json
@Suite struct DeviceConformance {
    let suite: JSON
    let path: String

    init() throws {
        suite = try JSON(conformance: "devices")
        let known: Set = ["model", "adapter", "loads", "texts", "train", "file_name", "refusals"]
        #expect(suite.keys == known)
        path = suite["model"]!.string
    }

    /// Whether no feature is there that the case needs to be absent, and Swift can put it: enumerations are closed.
    private func isPossible(_ test: JSON) -> Bool {
        (test["needs"]?.strings ?? []).allSatisfy { need in
            if need == "abi" { return true }
            if need == "raw_enum" { return false }
            #expect(need.hasPrefix("without_"), "an unknown need: \(need)")
            return !Library.hasFeature(String(need.dropFirst("without_".count)))
        }
    }

    @Test func everyLoad() async throws {
        let loads = suite["loads"]!.array
        try #require(loads.count > 1 && suite["texts"]!.array.count > 2)
        for test in loads where isPossible(test) {
            let name = test["name"]!.string
            #expect(test.keys.isSubset(of: ["name", "needs", "options", "device"]), "\(name): an unknown field")
            let model = try Model(path: path, options: ModelOptions(test["options"]))
            #expect(model.device != .auto && model.deviceNumber == 0, "\(name)")
            if let device = test["device"] { #expect(model.device.rawValue == Constants.value(device), "\(name)") }
            let adapter = try Adapter(path: suite["adapter"]!.string, model: model)
            let tagger = try Tagger(model)
            for text in suite["texts"]!.array {
                #expect(text.keys == ["name", "text", "entities"], "\(text["name"]!.string): an unknown field")
                let found = try await tagger.tag(text["text"]!.string, with: adapter).entities
                let expected = text["entities"]!.array
                #expect(found.map(\.utf8Range) == expected.map { $0["start"]!.int..<$0["end"]!.int }, "\(name)")
                #expect(found.map { String($0.label) } == expected.map { $0["label"]!.string }, "\(name)")
            }
        }
    }

    @Test func everyRefusal() async throws {
        let model = try Model(path: path)
        let train = try Dataset(bytes: suite["train"]!.bytes, name: suite["file_name"]!.string)
        var ran = 0
        for test in suite["refusals"]!.array where isPossible(test) {
            let name = test["name"]!.string
            let known: Set = ["name", "needs", "call", "options", "status", "message"]
            #expect(test.keys.isSubset(of: known), "\(name): an unknown field")
            let error = try await primerError {
                switch test["call"]!.string {
                case "model_load": _ = try Model(path: path, options: ModelOptions(test["options"]))
                case "tagger_new": _ = try Tagger(model, options: TaggerOptions(test["options"]))
                case "adapt": _ = try await model.adapt(train: train, options: AdaptOptions(test["options"]))
                case let call: Issue.record("\(name): a call that this runner does not know: \(call)")
                }
            }
            ran += 1
            #expect(error.status == test["status"]!.status, "\(name): \(error)")
            for part in test["message"]!.strings { #expect(error.message.contains(part), "\(name): \(error)") }
            #expect(error.file == nil, "\(name)")
        }
        #expect(ran > 4)
    }

    /// Priming has the precisions of adaptation.
    @Test func primingInSixteenBits() async throws {
        var options = PrimeOptions()
        (options.support, options.query, options.steps, options.precision) = (1, 1, 1, .bf16)
        let tasks = [PrimeTask(name: "one", data: Fixture.people)]
        let error = try await primerError { [options] in
            _ = try await Fixture.model.prime(tasks: tasks, options: options)
        }
        #expect(error.status == .unsupported, "\(error)")
    }
}
