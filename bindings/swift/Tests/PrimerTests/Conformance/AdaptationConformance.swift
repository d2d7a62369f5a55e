import Testing

import Primer

/// tests/conformance/adaptation.json
@Suite struct AdaptationConformance {
    @Test func everyCase() async throws {
        let suite = try JSON(conformance: "adaptation")
        let model = try Model(path: suite["model"]!.string)
        let names = try Adapter(path: suite["adapter"]!.string, model: model)
        let cases = suite["cases"]!.array
        try #require(cases.count > 5)
        for test in cases {
            let name = test["name"]!.string
            let known: Set = [
                "name", "train", "dev", "initial", "options", "parameters", "types", "tags", "updates", "epochs",
                "tag", "evaluate", "cancel_after",
            ]
            #expect(test.keys.isSubset(of: known), "\(name): a field that this runner does not know")
            let train = try Dataset(path: test["train"]!.string)
            let dev = try test["dev"].map { try Dataset(path: $0.string) }
            let initial = test["initial"]?.bool == true ? names : nil
            let options = AdaptOptions(test["options"])
            let stages = Box<[Stage]>([])

            if let cancelAfter = test["cancel_after"]?.int {
                let task = Box<Task<Adapter, any Error>?>(nil)
                task.update {
                    $0 = Task {
                        try await model.adapt(train: train, dev: dev, initial: initial, options: options) { progress in
                            stages.update { $0.append(progress.stage) }
                            if progress.step == cancelAfter { task.value?.cancel() }
                        }
                    }
                }
                await #expect(throws: CancellationError.self, "\(name)") { try await task.value!.value }
                #expect(stages.value.filter { $0 == .step }.count == test["updates"]!.int, "\(name)")
                #expect(stages.value.filter { $0 == .epoch }.count == test["epochs"]!.int, "\(name)")
                continue
            }

            let adapter = try await model.adapt(train: train, dev: dev, initial: initial, options: options) {
                progress in stages.update { $0.append(progress.stage) }
            }
            #expect(adapter.parameterCount == test["parameters"]!.int, "\(name)")
            #expect(adapter.types == test["types"]!.strings, "\(name)")
            #expect(adapter.tags == test["tags"]!.strings, "\(name)")
            #expect(stages.value.filter { $0 == .step }.count == test["updates"]!.int, "\(name)")
            #expect(stages.value.filter { $0 == .epoch }.count == test["epochs"]!.int, "\(name)")
            let tagger = try Tagger(model)
            for tagged in test["tag"]?.array ?? [] {
                let entities = try await tagger.tag(tagged["text"]!.string, with: adapter).entities
                let expected = tagged["entities"]!.array
                #expect(entities.map(\.label) == expected.map { $0["label"]!.string }, "\(name)")
                #expect(
                    entities.map(\.utf8Range) == expected.map { $0["start"]!.int..<$0["end"]!.int }, "\(name)")
            }
            guard let evaluation = test["evaluate"] else { continue }
            let scores = try await model.evaluate(adapter, on: Dataset(path: evaluation["data"]!.string))
            #expect(abs(scores.micro.f1 - evaluation["f1"]!.double) < 0.1, "\(name)")
            #expect(scores.sentences == evaluation["sentences"]!.int, "\(name)")
            #expect(scores.micro.support == evaluation["support"]!.int, "\(name)")
        }
    }
}
