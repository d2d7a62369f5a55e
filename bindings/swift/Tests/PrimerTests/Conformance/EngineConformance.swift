import Testing

import Primer

/// tests/conformance/engines.json
@Suite struct EngineConformance {
    let suite: JSON
    let model: Model
    let adapter: Adapter

    init() throws {
        suite = try JSON(conformance: "engines")
        let known: Set = ["model", "adapter", "taggers", "texts", "sentences", "evaluate", "refusals"]
        #expect(suite.keys == known)
        model = try Model(path: suite["model"]!.string)
        adapter = try Adapter(path: suite["adapter"]!.string, model: model)
    }

    @Test func everyTagger() async throws {
        let (texts, sentences) = (suite["texts"]!.array, suite["sentences"]!.array)
        try #require(texts.count > 10 && sentences.count > 3)
        let evaluation = suite["evaluate"]!
        let data = try Dataset(bytes: evaluation["data"]!.bytes, name: evaluation["file_name"]?.string)
        for options in suite["taggers"]!.array {
            let tagger = try Tagger(model, options: TaggerOptions(options))
            #expect(tagger.types.isEmpty)
            for test in texts {
                try check(try await tagger.tag(test["text"]!.string, with: adapter), test)
            }
            for test in sentences {
                try check(try await tagger.tag(words: test["words"]!.strings, with: adapter), test)
            }
            let scores = try await tagger.evaluate(adapter, on: data)
            #expect(abs(scores.micro.f1 - evaluation["f1"]!.double) < 0.1)
            #expect(scores.sentences == evaluation["sentences"]!.int)
            #expect(scores.micro.support == evaluation["support"]!.int)
        }
    }

    @Test func everyRefusal() throws {
        let refusals = suite["refusals"]!.array
        var ran = 0
        for test in refusals where test["needs"]?.strings.contains("raw_enum") != true {
            let name = test["name"]!.string
            let error = try primerError { try call(test) }
            ran += 1
            if test["needs"]?.strings.contains("onnx") == true && !Library.hasFeature("onnx") {
                #expect(error.status == .unsupported, "\(name)")
                continue
            }
            #expect(error.status == test["status"]!.status, "\(name): \(error)")
            for part in test["message"]!.strings { #expect(error.message.contains(part), "\(name): \(error)") }
            #expect(error.file == test["file"]?.string, "\(name)")
        }
        #expect(ran > refusals.count / 2)
    }

    private func call(_ test: JSON) throws {
        let known: Set = ["name", "needs", "call", "path", "text", "options", "status", "message", "file"]
        #expect(test.keys.isSubset(of: known), "\(test["name"]!.string): an unknown field")
        let options = TaggerOptions(test["options"])
        switch test["call"]!.string {
        case "tagger_new": _ = try Tagger(model, options: options)
        case "tagger_load_onnx": _ = try Tagger(onnx: test["path"]!.string, options: options)
        case "tag_text": _ = try Tagger(model, options: options).tagAndWait(test["text"]!.string)
        case let call: Issue.record("\(test["name"]!.string): a call that this runner does not know: \(call)")
        }
    }

    private func check(_ tagged: TaggedText, _ test: JSON) throws {
        let name = test["name"]!.string
        #expect(test.keys.isSubset(of: ["name", "text", "words", "entities"]), "\(name): an unknown field")
        let expected = test["entities"]!.array
        try #require(tagged.entities.count == expected.count, "\(name)")
        for (entity, expected) in zip(tagged.entities, expected) {
            #expect(entity.utf8Range == expected["start"]!.int..<expected["end"]!.int, "\(name)")
            #expect(entity.wordRange == expected["first_word"]!.int..<expected["end_word"]!.int, "\(name)")
            #expect(entity.label == expected["label"]!.string, "\(name)")
            #expect(adapter.types[entity.labelIndex] == entity.label, "\(name)")
            #expect(entity.text.unicodeScalars.elementsEqual(expected["text"]!.string.unicodeScalars), "\(name)")
        }
        #expect(try tagged.ranges(in: .utf16) == expected.map { $0["utf16"]!.range }, "\(name)")
        #expect(try tagged.ranges(in: .codePoint) == expected.map { $0["code_points"]!.range }, "\(name)")
    }
}
